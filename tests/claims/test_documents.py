"""Documents at rest: committed, encrypted, never shown as they came, and watched for tampering."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.db import connection

from claims import documents_factory as documents
from claims.story import PUBLICITY_ON, Story, at, begun, day, login
from sameboat.claims import actions, queries
from sameboat.claims.access import NoSuchClaim
from sameboat.claims.actions.evidence import HashDiffers, size_class
from sameboat.claims.documents import DocumentTampered, original
from sameboat.claims.life import ClaimEventNotPossible
from sameboat.claims.models import Evidence
from sameboat.claims.queries.stored import NoSuchEvidence
from sameboat.gateways import files
from sameboat.proof.commitment import parse_opening
from sameboat.record.queries import chain_entries
from sameboat.runtime.keys import KeyDestroyed, keystore
from sameboat.runtime.settings import settings
from society import ANA, FEI, HAO

SENTENCE = "The patient suffered an acute myocardial infarction on Monday"


@pytest.fixture
def story(db: None) -> Story:
    return begun().drafts().opens()


def stored(evidence: Evidence, what: str = "original") -> Path:
    key = evidence.original_key if what == "original" else evidence.viewing_key
    return settings().data_dir / "files" / key


def flip_a_byte(path: Path, at_: int = 200) -> None:
    content = bytearray(path.read_bytes())
    content[at_] ^= 1
    path.chmod(0o600)
    path.write_bytes(bytes(content))


class TestEvidence:
    def test_the_entry_commits_to_the_original_and_names_nothing_else(self, story: Story) -> None:
        content = documents.report(sentence=SENTENCE)
        ref = story.sends("diagnosis", content)
        entry = chain_entries(bytes.fromhex(story.ref))[-1]
        assert set(entry.body) == {"commitment", "kind", "media_type", "size_class", "hashed_by"}
        assert entry.body["hashed_by"] == "server"
        opening = parse_opening(queries.evidence_opening(login_id=login(ANA), evidence_ref=ref))
        assert opening.file == hashlib.sha256(content).digest()
        assert opening.commitment().hex() == entry.body["commitment"]

    def test_the_device_may_hash_and_is_compared(self, story: Story) -> None:
        content = documents.photo()
        right = hashlib.sha256(content).hexdigest()
        with pytest.raises(HashDiffers):
            story.sends("diagnosis", content, device_hash="0" * 64)
        ref = story.sends("diagnosis", content, device_hash=right)
        assert Evidence.objects.get(ref=ref).hashed_by == "device"

    def test_people_see_the_viewing_copy_never_the_original(self, story: Story) -> None:
        content = documents.photo()
        ref = story.sends("diagnosis", content)
        shown, media_type = queries.evidence_view(
            login_id=login(ANA), evidence_ref=ref, now=day(120)
        )
        assert media_type == "image/jpeg"
        assert shown != content
        assert documents.GPS_SECRET.encode() not in shown
        assert original(Evidence.objects.get(ref=ref))[0] == content

    def test_what_cannot_be_written_leaves_no_file(self, story: Story) -> None:
        story.sends("diagnosis", documents.photo("one"))
        folder = settings().data_dir / "files" / "claims" / story.ref
        before = sorted(folder.rglob("*/*"))
        actions.withdraw_claim(login_id=login(ANA), claim_ref=story.ref, now=day(120))
        with pytest.raises(ClaimEventNotPossible):
            story.sends("diagnosis", documents.photo("two"))
        assert sorted(folder.rglob("*/*")) == before

    def test_a_stranger_cannot_add_to_it(self, story: Story) -> None:
        with pytest.raises(NoSuchClaim):
            story.sends("diagnosis", by=FEI)

    @pytest.mark.parametrize(
        ("length", "size"), [(1, 0), (1_024, 0), (1_025, 1), (1_048_576, 10), (20_000_000, 15)]
    )
    def test_sizes_on_the_record_are_powers_of_two(self, length: int, size: int) -> None:
        assert size_class(length) == size


class TestTampering:
    @pytest.mark.parametrize("what", ["original", "viewing"])
    def test_one_changed_byte_is_named(self, what: str, story: Story) -> None:
        story.sends("identity", documents.photo("untouched"))
        ref = story.sends("diagnosis", documents.photo("touched"))
        assert queries.check_documents() == []
        flip_a_byte(stored(Evidence.objects.get(ref=ref), what))
        (bad,) = queries.check_documents()
        assert (bad.evidence, bad.claim, bad.what) == (ref, story.ref, what)
        assert bad.code == "document_tampered"

    def test_reading_it_is_refused_with_its_reference(self, story: Story) -> None:
        ref = story.sends("diagnosis")
        flip_a_byte(stored(Evidence.objects.get(ref=ref), "viewing"))
        with pytest.raises(DocumentTampered) as refused:
            queries.evidence_view(login_id=login(ANA), evidence_ref=ref, now=day(120))
        assert refused.value.data == {"evidence": ref}

    def test_two_documents_swapped_are_both_named(self, story: Story) -> None:
        refs = [story.sends("identity"), story.sends("diagnosis")]
        first, second = (stored(Evidence.objects.get(ref=ref)) for ref in refs)
        one, two = first.read_bytes(), second.read_bytes()
        first.write_bytes(two)
        second.write_bytes(one)
        assert [bad.evidence for bad in queries.check_documents()] == refs

    def test_a_commitment_changed_in_the_database_is_named(self, story: Story) -> None:
        ref = story.sends("diagnosis")
        Evidence.objects.filter(ref=ref).update(commitment=b"\1" * 32)
        assert [bad.evidence for bad in queries.check_documents()] == [ref]

    def test_a_lost_file_is_named(self, story: Story) -> None:
        ref = story.sends("diagnosis")
        files.provider().delete(Evidence.objects.get(ref=ref).original_key)
        assert [(bad.evidence, bad.code) for bad in queries.check_documents()] == [
            (ref, "file_missing")
        ]

    def test_what_was_erased_is_no_fault_and_opens_no_more(self, story: Story) -> None:
        ref = story.sends("diagnosis")
        keystore().destroy("claim", story.ref)
        assert queries.check_documents() == []
        with pytest.raises(KeyDestroyed):
            queries.evidence_view(login_id=login(ANA), evidence_ref=ref, now=day(120))


class TestNothingIsReadable:
    def test_in_tables_and_files(self, story: Story) -> None:
        story.sends("diagnosis", documents.report(sentence=SENTENCE))
        story.sends("identity")
        story.consents().seals().is_investigated()
        story.confirmed_by_lin(story.proposed_by_hao())
        actions.open_publicity(
            plan_id=story.claim.plan, publicity_on=PUBLICITY_ON, now=at(PUBLICITY_ON)
        )
        story.objected_to()
        planted = [
            SENTENCE,
            ANA.name,
            ANA.number,
            "仁济医院",
            "13900000001",
            "安妈妈",
            "听说他早就有病",
        ]
        everything = _all_columns() + [
            path.read_bytes()
            for path in (settings().data_dir / "files").rglob("*")
            if path.is_file()
        ]
        assert any(b"severe-39" in content for content in everything), "the search finds things"
        for text in planted:
            for form in (text.encode(), text.encode("unicode_escape"), text.encode("utf-16-le")):
                assert not any(form in content for content in everything), text


class TestStrangers:
    def test_see_no_document_by_its_reference(self, story: Story) -> None:
        ref = story.sends("diagnosis")
        with pytest.raises(NoSuchEvidence):
            queries.evidence_view(login_id=login(FEI), evidence_ref=ref, now=day(120))
        with pytest.raises(NoSuchEvidence):
            queries.evidence_view(login_id=login(HAO), evidence_ref="0" * 32, now=day(120))


def _all_columns() -> list[bytes]:
    """Every row of every table, as text and as raw bytes; the sandboxes stand for the world."""
    found: list[bytes] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith("gateways_sandbox"):
                continue
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    raw = isinstance(value, bytes | memoryview)
                    found.append(bytes(value) if raw else str(value).encode())
    return found
