"""Checking the whole log: each kind of tampering is named by its place, and nothing else is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from django.db import connection, transaction
from typer.testing import CliRunner

from record.record_factory import NOW, add_day, add_evidence, open_claim
from sameboat.cli.record import app
from sameboat.proof.merkle import leaf_hash
from sameboat.record import models, queries
from sameboat.record.actions import sequence, start_record
from sameboat.record.check import LogReport, check_log

ENTRIES = 12
"""Entries of the log below: a batch and the policy, then a batch, six days and three of a claim."""
CHECKS = Path(models.__file__).parent / "sql"

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> None:
    """A batch and the policy; then a batch with six days and a claim's three entries."""
    start_record(now=NOW)
    for number in range(6):
        add_day(number)
    open_claim(1)
    add_evidence(1, 0)
    add_evidence(1, 1)
    assert sequence(now=NOW) == 9
    assert queries.log_size() == ENTRIES


@transaction.atomic
def tamper(sql: str, parameters: Sequence[str | int | bytes] = ()) -> None:
    """Do what a database administrator could do: no trigger fires."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, parameters)
        assert cursor.rowcount > 0
        cursor.execute("SET LOCAL session_replication_role = origin")


def found(report: LogReport | None = None) -> list[tuple[str, int | None, int | None, int | None]]:
    findings = (report or check_log()).findings
    return [(one.code, one.level, one.index, one.size) for one in findings]


def content(index: int) -> bytes:
    return bytes(models.Entry.objects.get(index=index).content)


def finds(name: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute((CHECKS / f"check_{name}.sql").read_text(encoding="utf-8"))
        return list(cursor.fetchall())


@pytest.mark.usefixtures("log")
class TestAGoodLog:
    def test_has_no_findings_and_the_signed_root(self) -> None:
        report = check_log()
        head = queries.head()
        assert head is not None
        assert (report.good, report.size, report.checkpoints) == (True, ENTRIES, 2)
        assert report.root == head.root.hex()

    def test_is_checked_across_blocks_alike(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sameboat.record.check.BLOCK_LEAVES", 4)
        seen: list[tuple[int, int]] = []
        assert check_log(progress=lambda done, total: seen.append((done, total))).good
        assert seen == [(4, 12), (8, 12), (12, 12)]

    def test_may_have_pending_entries(self) -> None:
        add_day(6)
        report = check_log()
        assert (report.good, report.pending) == (True, 1)

    def test_stands_by_the_pinned_policy_only(self) -> None:
        text = queries.policy_text()
        assert text is not None
        assert check_log(pinned=bytes.fromhex(text.fingerprint)).good
        assert found(check_log(pinned=bytes(32))) == [("policy_wrong", None, 1, None)]

    def test_passes_the_sql_checks(self) -> None:
        assert finds("no_entry_was_refused") == []
        assert finds("record_is_append_only") == []


@pytest.mark.usefixtures("log")
class TestTampering:
    @pytest.mark.parametrize("index", range(ENTRIES))
    @pytest.mark.parametrize("block", [4, 4096])
    def test_one_flipped_bit_of_any_entry_is_named(
        self, index: int, block: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sameboat.record.check.BLOCK_LEAVES", block)
        tamper(
            "UPDATE record_entry SET content = set_byte(content, 9, get_byte(content, 9) # 1)"
            " WHERE index = %s",
            [index],
        )
        assert ("entry_changed", None, index, None) in found()
        # All else that is named hangs on the policy, without which nobody may sign.
        assert index == 1 or len(found()) == 1

    def test_every_stored_hash_is_named_when_flipped(self) -> None:
        for node in models.Node.objects.order_by("level", "index"):
            place = (node.level, node.index)
            flip = (
                "UPDATE record_node SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1)"
                " WHERE level = %s AND index = %s"
            )
            tamper(flip, place)
            assert found() == [("node_changed", *place, None)]
            tamper(flip, place)
        assert check_log().good

    def test_a_missing_hash_is_named(self) -> None:
        tamper("DELETE FROM record_node WHERE level = 2 AND index = 1")
        assert found() == [("node_missing", 2, 1, None)]

    def test_a_hash_too_many_is_named(self) -> None:
        tamper("INSERT INTO record_node (level, index, hash) VALUES (1, 6, 'x')")
        assert found() == [("node_beyond", 1, 6, None)]

    @pytest.mark.parametrize("index", [3, 7, 11])
    def test_a_missing_entry_is_named(self, index: int) -> None:
        tamper("DELETE FROM record_entry WHERE index = %s", [index])
        assert found() == [("entry_missing", None, index, None)]

    def test_an_entry_that_no_checkpoint_covers_is_named(self) -> None:
        tamper("DELETE FROM record_checkpoint WHERE size = %s", [ENTRIES])
        assert ("entry_beyond", None, ENTRIES - 1, None) in found()

    def test_a_missing_checkpoint_in_between_is_named(self) -> None:
        tamper("DELETE FROM record_checkpoint WHERE size = 2")
        assert found() == [("checkpoint_missing", None, None, 2)]

    def test_a_checkpoint_with_another_root_is_named(self) -> None:
        tamper("UPDATE record_checkpoint SET root = %s WHERE size = 2", [bytes(32)])
        assert found() == [("checkpoint_wrong", None, None, 2)]

    def test_a_checkpoint_with_a_bad_signature_is_named(self) -> None:
        note = models.Checkpoint.objects.get(size=2).note
        other = models.Checkpoint.objects.get(size=ENTRIES).note
        forged = note.partition("\n\n")[0] + "\n\n" + other.partition("\n\n")[2]
        tamper("UPDATE record_checkpoint SET note = %s WHERE size = 2", [forged])
        (finding,) = check_log().findings
        assert (finding.code, finding.size) == ("checkpoint_wrong", 2)
        assert "bad_signature" in finding.why

    def test_a_changed_column_is_named(self) -> None:
        tamper("UPDATE record_entry SET type = 'claim.open' WHERE index = 4")
        assert found() == [("entry_changed", None, 4, None)]

    def test_a_rewritten_entry_with_its_hashes_is_named_by_its_signature(self) -> None:
        """The bytes, both leaf hashes and the parent are made to agree; the signature cannot be."""
        changed = content(11).replace(b'"kind":"diagnosis"', b'"kind":"diagnosys"')
        leaf = leaf_hash(changed)
        tamper("UPDATE record_entry SET content = %s, hash = %s WHERE index = 11", [changed, leaf])
        tamper("UPDATE record_node SET hash = %s WHERE level = 0 AND index = 11", [leaf])
        report = check_log()
        named = {one.index: one for one in report.findings if one.code == "entry_bad"}
        assert "bad_entry_signature" in named[11].why
        assert ("checkpoint_wrong", None, None, ENTRIES) in found(report)

    def test_a_chain_that_was_bent_is_named(self) -> None:
        """Two entries of one chain change places: each is good, but not the other's next."""
        tamper("UPDATE record_entry SET index = 100 WHERE index = 10")
        tamper("UPDATE record_entry SET index = 10 WHERE index = 11")
        tamper("UPDATE record_entry SET index = 11 WHERE index = 100")
        for index in (10, 11):
            leaf = leaf_hash(content(index))
            tamper("UPDATE record_node SET hash = %s WHERE level = 0 AND index = %s", [leaf, index])
        broken = [one for one in check_log().findings if one.code == "rule_broken"]
        assert [one.index for one in broken] == [10]
        assert broken[0].why.startswith("chain_broken")

    def test_a_switched_off_trigger_is_named(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE record_node DISABLE TRIGGER USER")
        assert finds("record_is_append_only") == [("record_node", "nodes_are_append_only")]


@pytest.mark.usefixtures("log")
class TestTheCommand:
    def test_says_that_all_is_good(self) -> None:
        result = CliRunner().invoke(app, ["verify"])
        assert result.exit_code == 0
        assert "12 entries, 2 checkpoints: all good." in result.stdout

    def test_fails_and_names_the_entry_for_people_and_for_programs(self) -> None:
        tamper("DELETE FROM record_entry WHERE index = 7")
        result = CliRunner().invoke(app, ["verify"])
        assert result.exit_code == 1
        assert "entry 7: there is no entry of this index (entry_missing)" in result.stdout
        result = CliRunner().invoke(app, ["verify", "--json"])
        assert result.exit_code == 1
        report = json.loads(result.stdout)
        assert report["good"] is False
        assert report["findings"][0]["code"] == "entry_missing"
        assert report["findings"][0]["index"] == 7

    def test_writes_policy_and_receipts_that_the_verifier_takes(self, tmp_path: Path) -> None:
        from sameboat.proof.policy import parse_policy
        from sameboat.proof.receipt import verify_receipt

        pinned = tmp_path / "policy.json"
        result = CliRunner().invoke(app, ["policy", "--to", str(pinned)])
        assert hashlib.sha256(pinned.read_bytes()).hexdigest() in result.stderr
        leaf = bytes(models.Entry.objects.get(index=5).hash).hex()
        assert CliRunner().invoke(app, ["receipt", leaf, "--to", str(tmp_path)]).exit_code == 0
        verdict = verify_receipt(
            (tmp_path / f"{leaf}.tlog-proof").read_bytes(),
            (tmp_path / f"{leaf}.entry.json").read_bytes(),
            parse_policy(pinned.read_bytes()),
        )
        assert verdict.says == "LOCAL"
        assert CliRunner().invoke(app, ["verify", "--policy", str(pinned)]).exit_code == 0

    def test_shows_the_head(self) -> None:
        result = CliRunner().invoke(app, ["head", "--json"])
        assert json.loads(result.stdout)["size"] == ENTRIES
        assert CliRunner().invoke(app, ["head"]).stdout.startswith("sameboat.example/evidence/1\n")
