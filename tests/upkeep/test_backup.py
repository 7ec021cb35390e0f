"""The drill: back up, erase, lose the machine, restore. What was erased stays erased."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

import society
from claims.story import Story, begun, day
from sameboat.claims.queries import check_documents
from sameboat.members.models import Membership
from sameboat.record.actions import NothingLost, RecordForks, admit_loss, sequence, start_record
from sameboat.runtime.keys import keystore
from sameboat.runtime.settings import settings
from sameboat.upkeep import backup, manifest
from society import FEI
from upkeep.places import new_place, url_here

WHO_IS_READABLE = """
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Refusal
from sameboat.claims.documents import original
from sameboat.claims.models import Evidence
for ref in sys.argv[1:]:
    try:
        print(len(original(Evidence.objects.filter(claim__ref=ref).earliest("id"))) > 0)
    except Refusal as refusal:
        print(refusal.code)
"""
SEQUENCE = """
from datetime import UTC, datetime
from sameboat.record.actions import sequence
from sameboat.record.queries import log_size, pending_count
from sameboat.runtime.refusals import Refusal
try:
    sequence(now=datetime(2027, 1, 1, tzinfo=UTC))
    print(pending_count(), "pending")
except Refusal as refusal:
    print(refusal.code)
"""


@pytest.mark.django_db(transaction=True)
def test_the_drill(tmp_path: Path) -> None:
    anas = begun().drafts().opens().sends_all()
    feis_membership = Membership.objects.get(person=society.verified(FEI))
    feis = Story(feis_membership).drafts(by=FEI).opens(by=FEI).sends_all(by=FEI)
    sequence(now=day(121))
    backups, keys = tmp_path / "backups", tmp_path / "keys"
    anas.sends("diagnosis", on=121)  # Pending at the time of the backup.
    made = backup.back_up(to=backups, keys=keys, url=url_here(), now=day(122))

    # Life goes on: Ana's claim is erased, and more is recorded, of which this backup knows nothing.
    keystore().destroy("claim", anas.ref)
    feis.sends("diagnosis", on=123, by=FEI)
    assert sequence(now=day(123)) > 0
    backup.back_up_keys(to=keys, now=day(124))

    with new_place(tmp_path / "again") as place:
        told = place.told("restore", str(made), "--keys", str(keys))
        assert told["erased_again"] == 0  # The newest copy of the key store knew it already.
        assert told["lost_head"].startswith(settings().record_origin)
        readable = place.python(WHO_IS_READABLE, anas.ref, feis.ref).split()
        assert readable == ["key_destroyed", "True"]
        checked = place.call("check")
        assert checked.returncode == 0, checked.stdout

        # Going on would make a second history of the record: nothing is signed.
        assert place.python(SEQUENCE) == "record_forks"
        both = tmp_path / "both.json"
        place.told("record", "admit-loss", "--to", str(both))
        assert {"lost", "kept"} == set(json.loads(both.read_text()))
        assert place.python(SEQUENCE) == "0 pending"
        assert place.told("record", "verify")["good"]
        assert place.call("restore", str(made), "--keys", str(keys)).returncode == 1

    # Had only the old copy of the key store survived, the list of what was erased does the same.
    backup.copies_of_keys(keys)[-1].unlink()
    with new_place(tmp_path / "older") as place:
        told = place.told("restore", str(made), "--keys", str(keys))
        assert told["erased_again"] == 1
        assert place.python(WHO_IS_READABLE, anas.ref, feis.ref).split()[0] == "key_destroyed"

    _refuses_what_is_wrong(made, keys, tmp_path)


def _refuses_what_is_wrong(made: Path, keys: Path, tmp_path: Path) -> None:
    """A wrong master key, a damaged file, keys that are too old: nothing is left behind."""
    with new_place(tmp_path / "refused") as place:
        foreign = tmp_path / "foreign.key"
        foreign.write_text("A" * 43 + "=\n")
        words = ("restore", str(made), "--keys", str(keys))
        done = place.call(*words, SAMEBOAT_MASTER_KEY_FILE=str(foreign))
        assert done.returncode == 1
        assert "key store does not open" in done.stderr
        stored = next((made / "files").rglob("*.*"), None) or next(
            path for path in (made / "files").rglob("*") if path.is_file()
        )
        content = stored.read_bytes()
        stored.write_bytes(bytes([content[0] ^ 1]) + content[1:])
        damaged = place.call(*words)
        assert stored.name in damaged.stderr
        stored.write_bytes(content)
        none = tmp_path / "no-keys"
        none.mkdir()
        assert place.call("restore", str(made), "--keys", str(none)).returncode == 1
        assert not list(place.data_dir.glob("keystore/*"))
        assert not (place.data_dir / "files").exists()
        assert place.told(*words)["erased_again"] == 1


@pytest.mark.django_db
class TestBackingUp:
    def test_the_keys_may_not_lie_beside_what_they_open(self, tmp_path: Path) -> None:
        for keys in (tmp_path / "all" / "keys", tmp_path):
            with pytest.raises(backup.KeysNotApart):
                backup.back_up(to=tmp_path / "all", keys=keys, url=url_here(), now=day(0))

    def test_copies_of_keys_end_after_30_days_and_the_list_never(self, tmp_path: Path) -> None:
        keystore().get_or_create("message", "gone")
        keystore().destroy("message", "gone")
        for age in (0, 10, 31):
            backup.back_up_keys(to=tmp_path, now=day(age))
        kept = [backup.made_at(copy) for copy in backup.copies_of_keys(tmp_path)]
        assert kept == [day(10), day(31)]
        listed = (tmp_path / backup.ERASED).read_text().splitlines()
        assert listed.count("message gone") == 1
        assert (tmp_path / backup.ERASED).stat().st_mode & 0o077 == 0
        with pytest.raises(backup.BackupThere):
            backup.back_up_keys(to=tmp_path, now=day(31))

    def test_of_many_copies_of_keys_few_stay(self, tmp_path: Path) -> None:
        for minutes in range(0, 3 * 24 * 60, 10):  # As the timer does, for three days.
            moment = day(-3) + timedelta(minutes=minutes)
            (tmp_path / f"{moment.strftime(backup.STAMP)}{backup.KEYS_SUFFIX}").touch()
        made = backup.back_up_keys(to=tmp_path, now=day(0))
        kept = [backup.made_at(copy) for copy in backup.copies_of_keys(tmp_path)]
        assert kept[-1] == backup.made_at(made)
        assert len([moment for moment in kept if moment >= day(-1)]) in (24, 25)
        assert len([moment for moment in kept if moment < day(-1)]) == 3

    def test_old_backups_are_dropped_the_newest_stay(self, tmp_path: Path) -> None:
        for number in range(4):
            folder = tmp_path / str(number)
            folder.mkdir()
            (folder / manifest.FILE).write_text("{}")
        (tmp_path / "unfinished").mkdir()
        assert len(backup.drop_old(tmp_path, keep=2)) == 2
        assert sorted(path.name for path in tmp_path.iterdir()) == ["2", "3", "unfinished"]


class TestAManifest:
    def made(self, folder: Path) -> manifest.Manifest:
        (folder / "files").mkdir()
        (folder / "files" / "a").write_bytes(b"a")
        found = manifest.Manifest(
            format=1,
            made_at=day(0).isoformat(),
            origin="o",
            size=1,
            root="00",
            note="n",
            files=manifest.hashes(folder),
        )
        found.write(folder)
        return found

    def test_is_found_as_it_was_written(self, tmp_path: Path) -> None:
        assert self.made(tmp_path) == manifest.check(tmp_path)

    @pytest.mark.parametrize("fault", ["changed", "missing", "added"])
    def test_names_the_file_that_is_wrong(self, tmp_path: Path, fault: str) -> None:
        self.made(tmp_path)
        place = tmp_path / "files" / "a"
        if fault == "missing":
            place.unlink()
        else:
            (place if fault == "changed" else tmp_path / "files" / "b").write_bytes(b"b")
        with pytest.raises(manifest.BackupDamaged, match="files/"):
            manifest.check(tmp_path)

    @pytest.mark.parametrize("content", [None, "no json", "[]", '{"format": 1}'])
    def test_without_one_a_folder_is_no_backup(self, tmp_path: Path, content: str | None) -> None:
        if content is not None:
            (tmp_path / manifest.FILE).write_text(content)
        with pytest.raises(manifest.NoBackup):
            manifest.check(tmp_path)


@pytest.mark.django_db(transaction=True)
class TestADatabaseOlderThanWhatWasSigned:
    def test_signs_nothing_not_even_a_new_beginning(self) -> None:
        begun().drafts().opens()
        sequence(now=day(121))
        signed = keystore().signed_head(settings().record_origin)
        assert signed is not None
        with pytest.raises(NothingLost):
            admit_loss()
        _empty_the_record()
        with pytest.raises(RecordForks):
            start_record(now=day(122) + timedelta(days=1))
        with pytest.raises(RecordForks):
            admit_loss()
        assert check_documents() == []


def _empty_the_record() -> None:
    """As a database does that was made anew."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE record_entry, record_node, record_checkpoint CASCADE")
