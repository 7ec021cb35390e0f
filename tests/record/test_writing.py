"""Writing on the record: entries in chains, one sequencer, receipts that verify offline."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import TypeVar

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Max

from record.record_factory import (
    MEMBERS,
    NOW,
    add_day,
    add_evidence,
    claim_chain,
    open_claim,
)
from sameboat.proof.entry import BATCH, check_entry
from sameboat.proof.merkle import root_of
from sameboat.proof.policy import parse_policy
from sameboat.proof.receipt import verify_receipt
from sameboat.proof.ticket import verify_ticket
from sameboat.record import queries
from sameboat.record.actions import (
    Added,
    EntryRefused,
    RecordNotStarted,
    add_entry,
    sequence,
    start_record,
)
from sameboat.record.jobs import heartbeat
from sameboat.record.models import Checkpoint, Entry, Node

T = TypeVar("T")


def pinned() -> bytes:
    text = queries.policy_text()
    assert text is not None
    return text.text.encode()


@pytest.mark.django_db
class TestTheStart:
    def test_is_needed_before_the_first_entry(self) -> None:
        with pytest.raises(RecordNotStarted):
            add_day(0)

    def test_writes_the_batch_and_the_policy_once(self) -> None:
        start_record(now=NOW)
        start_record(now=NOW + timedelta(days=1))
        assert list(Entry.objects.order_by("index").values_list("type", "index")) == [
            (BATCH, 0),
            ("policy.update", 1),
        ]
        head = queries.head()
        assert head is not None
        assert head.size == 2

    def test_gives_a_policy_to_pin(self) -> None:
        start_record(now=NOW)
        text = queries.policy_text()
        assert text is not None
        policy = parse_policy(text.text.encode())
        assert policy.fingerprint.hex() == text.fingerprint
        assert policy.version == 1
        assert not policy.independent


@pytest.mark.django_db
class TestAnEntry:
    def test_continues_its_chain_and_is_pending(self) -> None:
        start_record(now=NOW)
        first, second = add_day(0), add_day(1)
        line_one, line_two = queries.chain_entries(MEMBERS)
        assert (line_one.seq, line_two.seq) == (0, 1)
        assert queries.state_of(second.hash) == "PENDING"
        assert queries.receipt(second.hash) is None
        content = Entry.objects.get(chain=MEMBERS, seq=1).content
        assert check_entry(bytes(content)).prev == first.hash

    def test_comes_with_a_ticket_by_the_ticket_key(self) -> None:
        start_record(now=NOW)
        added = add_day(0)
        ticket = verify_ticket(added.ticket.encode(), parse_policy(pinned()).ticket_key)
        assert (ticket.promise, ticket.hash) == ("entry", added.hash)

    def test_that_breaks_a_rule_is_refused_and_leaves_nothing(self) -> None:
        start_record(now=NOW)
        with pytest.raises(EntryRefused) as refused:
            add_day(0, active=7)
        assert refused.value.data["broken"] == "sums_differ"
        assert queries.chain_entries(MEMBERS) == []

    def test_without_the_right_signer_is_refused(self) -> None:
        start_record(now=NOW)
        with pytest.raises(EntryRefused) as refused:
            add_entry(
                chain=claim_chain(1),
                type="claim.open",
                body={"claimant": "22" * 32},
                roles=["operator"],
                now=NOW,
            )
        assert refused.value.data["broken"] == "signer_missing"

    def test_on_a_chain_that_is_not_its_plans_is_refused(self) -> None:
        start_record(now=NOW)
        with pytest.raises(EntryRefused) as refused:
            add_entry(
                chain=claim_chain(1),
                type="plan.version",
                body={"plan": "xiang-hu-bao", "hash": "33" * 32},
                roles=["operator"],
                now=NOW,
            )
        assert refused.value.data["broken"] == "wrong_chain"

    def test_goes_with_the_transaction_it_was_added_in(self) -> None:
        start_record(now=NOW)
        with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
            add_day(0)
            raise ZeroDivisionError
        assert queries.chain_entries(MEMBERS) == []


@pytest.mark.django_db
class TestSequencing:
    def test_puts_entries_on_the_log_behind_their_batch(self) -> None:
        start_record(now=NOW)
        added = [open_claim(1), add_evidence(1), add_day(0)]
        assert sequence(now=NOW) == 3
        rows = Entry.objects.order_by("index").values_list("type", "index", "state")
        assert list(rows)[2:] == [
            (BATCH, 2, "RECORDED"),
            ("claim.open", 3, "RECORDED"),
            ("evidence.add", 4, "RECORDED"),
            ("members.day", 5, "RECORDED"),
        ]
        assert all(queries.state_of(one.hash) == "RECORDED" for one in added)

    def test_without_entries_writes_no_batch(self) -> None:
        start_record(now=NOW)
        assert sequence(now=NOW) == 0
        heartbeat(NOW)
        assert Checkpoint.objects.count() == 1

    def test_the_signed_root_is_the_root_over_all_leaves(self) -> None:
        start_record(now=NOW)
        for number in range(9):
            add_day(number)
            sequence(now=NOW)
        for head in Checkpoint.objects.all():
            leaves = Entry.objects.filter(index__lt=head.size).order_by("index")
            hashes = [bytes(leaf) for leaf in leaves.values_list("hash", flat=True)]
            assert len(hashes) == head.size
            assert root_of(hashes) == bytes(head.root)

    def test_large_backlogs_go_in_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sameboat.record.actions.BATCH_ENTRIES_MAX", 4)
        start_record(now=NOW)
        for number in range(10):
            add_day(number)
        assert sequence(now=NOW) == 10
        assert Entry.objects.filter(type=BATCH).count() == 1 + 3
        assert Checkpoint.objects.aggregate(size=Max("size"))["size"] == 2 + 10 + 3

    def test_batch_times_never_fall(self) -> None:
        start_record(now=NOW)
        add_day(0)
        sequence(now=NOW - timedelta(days=3))
        assert queries.last_batch_time() == int(NOW.timestamp())

    def test_refuses_what_was_put_in_behind_our_back_and_what_hangs_on_it(self) -> None:
        start_record(now=NOW)
        add_day(0)
        bad, hanging = add_day(1), add_day(2)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(
                "UPDATE record_entry SET content = set_byte(content, 40, 33) WHERE hash = %s",
                [bad.hash],
            )
            cursor.execute("SET LOCAL session_replication_role = origin")
        assert sequence(now=NOW) == 1
        assert queries.state_of(bad.hash) == "REFUSED"
        assert queries.state_of(hanging.hash) == "REFUSED"
        codes = Entry.objects.filter(state="REFUSED").order_by("id")
        assert list(codes.values_list("refused_code", flat=True))[1] == "chain_broken"
        # The chain goes on from what is on the record.
        add_day(1)
        assert sequence(now=NOW) == 1


@pytest.mark.django_db
class TestAReceipt:
    def test_verifies_offline_for_every_entry(self) -> None:
        start_record(now=NOW)
        added = [add_day(number) for number in range(5)]
        sequence(now=NOW)
        added.append(add_day(5))
        sequence(now=NOW)
        policy = parse_policy(pinned())
        for one in added:
            receipt = queries.receipt(one.hash)
            assert receipt is not None
            verdict = verify_receipt(receipt.proof_text.encode(), receipt.entry_bytes, policy)
            assert verdict.says == "LOCAL", verdict.steps

    def test_of_a_changed_entry_does_not_verify(self) -> None:
        start_record(now=NOW)
        added = add_day(0)
        sequence(now=NOW)
        receipt = queries.receipt(added.hash)
        assert receipt is not None
        changed = receipt.entry_bytes.replace(b'"active":1', b'"active":2')
        assert changed != receipt.entry_bytes
        verdict = verify_receipt(receipt.proof_text.encode(), changed, parse_policy(pinned()))
        assert not verdict.good


@pytest.mark.django_db(transaction=True)
class TestTheDatabase:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE record_entry SET content = 'x' WHERE state = 'PENDING'",
            "UPDATE record_entry SET state = 'PENDING', index = NULL WHERE state = 'RECORDED'",
            "DELETE FROM record_entry",
            "UPDATE record_node SET hash = 'x'",
            "DELETE FROM record_node",
            "UPDATE record_checkpoint SET note = 'x'",
            "DELETE FROM record_checkpoint",
        ],
    )
    def test_refuses_to_change_the_record(self, statement: str) -> None:
        start_record(now=NOW)
        add_day(0)
        sequence(now=NOW)
        add_day(1)
        with pytest.raises(DatabaseError, match="pgtrigger: Cannot"), transaction.atomic():
            connection.cursor().execute(statement)

    def test_two_sequencers_at_once_record_everything_once(self) -> None:
        start_record(now=NOW)
        for number in range(40):
            open_claim(number)
        recorded = at_once(lambda: sequence(now=NOW), times=4)
        assert sorted(recorded) == [0, 0, 0, 40]
        indexes = list(Entry.objects.order_by("index").values_list("index", flat=True))
        assert indexes == list(range(len(indexes)))

    def test_writers_to_one_chain_at_once_continue_each_other(self) -> None:
        start_record(now=NOW)
        open_claim(1)
        pieces = iter(range(8))
        at_once(lambda: add_evidence(1, next(pieces)).hash, times=8)
        entries = queries.chain_entries(claim_chain(1))
        assert [entry.seq for entry in entries] == list(range(9))
        assert sequence(now=NOW) == 9
        contents = Entry.objects.filter(chain=claim_chain(1)).order_by("seq")
        checked = [check_entry(bytes(row.content)) for row in contents]
        assert all(after.prev == before.leaf for before, after in pairwise(checked))

    @pytest.mark.parametrize(
        "place", ["record.sequence.before_checkpoint", "record.sequence.before_commit"]
    )
    def test_a_sequencer_killed_on_the_way_left_nothing_half_done(self, place: str) -> None:
        start_record(now=NOW)
        added: list[Added] = [open_claim(number) for number in range(3)]
        nodes = Node.objects.count()
        assert sequence_in_child_killed_at(place) < 0
        assert Node.objects.count() == nodes
        assert Entry.objects.filter(state="PENDING").count() == 3
        assert sequence(now=NOW) == 3
        assert all(queries.receipt(one.hash) for one in added)


def at_once(work: Callable[[], T], *, times: int) -> list[T]:
    """What `work` gives when it starts in `times` threads at once, each with its connection."""
    gate = threading.Barrier(times)
    results: list[T] = []

    def run() -> None:
        gate.wait()
        try:
            results.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == times
    return results


def sequence_in_child_killed_at(place: str) -> int:
    """Run the sequencer in a process of its own that is killed at `place`; its exit status."""
    code = (
        "import django; django.setup();"
        "from datetime import datetime, UTC;"
        "from sameboat.record.actions import sequence;"
        f"sequence(now=datetime.fromisoformat({NOW.isoformat()!r}))"
    )
    name = connection.settings_dict["NAME"]
    url = os.environ["DATABASE_URL"].replace("/sameboat?", f"/{name}?")
    assert name in url
    environment = {**os.environ, "SAMEBOAT_KILL_AT": place, "DATABASE_URL": url}
    child = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    return child.returncode
