"""Documents in pieces: gone on with after a broken line, sent twice, refused, given up."""

from __future__ import annotations

import hashlib
import random
from datetime import timedelta

import pytest

from claims import documents_factory as documents
from claims.story import Story, begun, day, login
from claims.test_at_once import at_once
from sameboat.claims import actions, queries
from sameboat.claims.access import NoSuchClaim
from sameboat.claims.actions.evidence import HashDiffers
from sameboat.claims.actions.uploads import (
    PIECE_BYTES,
    UPLOADS_OPEN_MAX,
    PieceDiffers,
    PieceOutOfOrder,
    TooManyUploads,
)
from sameboat.claims.documents import original
from sameboat.claims.life import ClaimEventNotPossible
from sameboat.claims.models import Upload, UploadPiece
from sameboat.claims.queries import Progress
from sameboat.claims.queries.uploads import NoSuchUpload
from sameboat.claims.viewing import BYTES_MAX, DocumentEmpty, DocumentTooLarge, HeicRefused
from society import ANA, FEI


def big(seed: int = 1, *, pieces: int = 3) -> bytes:
    """A photo that takes so many pieces: noise does not compress."""
    image = documents.photo(f"noise {seed}")
    fill = random.Random(seed).randbytes(pieces * PIECE_BYTES - PIECE_BYTES // 2 - len(image))
    return image + fill


@pytest.fixture
def story(db: None) -> Story:
    return begun().drafts().opens()


def begins(story: Story, content: bytes, *, kind: str = "diagnosis", on: int = 120) -> Progress:
    return actions.begin_upload(
        login_id=login(ANA),
        claim_ref=story.ref,
        kind=kind,
        length=len(content),
        device_hash=hashlib.sha256(content).hexdigest(),
        now=day(on),
    )


def sends(upload: str, content: bytes, offset: int, *, on: int = 120) -> Progress:
    return actions.add_piece(
        login_id=login(ANA),
        upload_ref=upload,
        offset=offset,
        content=content[offset : offset + PIECE_BYTES],
        now=day(on),
    )


class TestPieces:
    def test_the_last_piece_makes_the_document(self, story: Story) -> None:
        content = big()
        upload = begins(story, content).ref
        for offset in (0, PIECE_BYTES):
            assert sends(upload, content, offset).received == offset + PIECE_BYTES
            assert not story.claim.evidence.exists()
        done = sends(upload, content, 2 * PIECE_BYTES)
        row = story.claim.evidence.get()
        assert (done.received, done.evidence_ref) == (len(content), row.ref)
        assert (row.hashed_by, original(row)[0]) == ("device", content)
        assert not UploadPiece.objects.exists()

    def test_begun_again_it_goes_on_where_it_was_also_on_another_day(self, story: Story) -> None:
        content = big()
        first = begins(story, content)
        sends(first.ref, content, 0)
        again = begins(story, content, on=122)
        assert (again.ref, again.received) == (first.ref, PIECE_BYTES)

    def test_every_piece_may_be_sent_twice(self, story: Story) -> None:
        content = big()
        upload = begins(story, content).ref
        for offset in (0, 0, PIECE_BYTES, PIECE_BYTES, 0, 2 * PIECE_BYTES, 2 * PIECE_BYTES):
            last = sends(upload, content, offset)
        assert last.evidence_ref == story.claim.evidence.get().ref

    def test_killed_before_the_document_was_made_the_last_piece_makes_it(
        self, story: Story
    ) -> None:
        content = big(pieces=2)
        upload = begins(story, content).ref
        sends(upload, content, 0)
        sends(upload, content, PIECE_BYTES)
        # As it would stand if the process had died after the last piece, or after the document.
        row = Upload.objects.get()
        for deleted in (True, False):
            Upload.objects.update(evidence_ref="")
            for number in (0, 1):
                piece = content[number * PIECE_BYTES : (number + 1) * PIECE_BYTES]
                _stored_again(row, number, piece)
            if deleted:
                story.claim.evidence.all().delete()
            assert sends(upload, content, PIECE_BYTES).evidence_ref
            assert story.claim.evidence.count() == 1

    def test_nothing_of_it_stands_readable(self, story: Story) -> None:
        content = big()
        sends(begins(story, content).ref, content, 0)
        sealed = bytes(UploadPiece.objects.get().sealed)
        assert content[1_000:1_100] not in sealed
        upload = Upload.objects.get()
        assert bytes(upload.file_hash) != hashlib.sha256(content).digest()


class TestRefused:
    def test_a_gap_another_length_and_other_bytes(self, story: Story) -> None:
        content = big()
        upload = begins(story, content).ref
        with pytest.raises(PieceOutOfOrder):
            sends(upload, content, PIECE_BYTES)
        for wrong in (b"", content[:100], content[: PIECE_BYTES + 1]):
            with pytest.raises(PieceOutOfOrder):
                actions.add_piece(
                    login_id=login(ANA), upload_ref=upload, offset=0, content=wrong, now=day(120)
                )
        sends(upload, content, 0)
        with pytest.raises(PieceDiffers):
            sends(upload, bytes(len(content)), 0)

    def test_what_is_not_what_was_announced_is_forgotten(self, story: Story) -> None:
        content, other = big(1, pieces=2), big(2, pieces=2)
        upload = begins(story, content).ref
        sends(upload, other, 0)
        with pytest.raises(HashDiffers):
            sends(upload, other, PIECE_BYTES)
        assert not Upload.objects.exists()
        assert not story.claim.evidence.exists()

    def test_a_wrong_type_is_refused_with_the_first_piece(self, story: Story) -> None:
        content = b"\0\0\0\x18ftypheic" + big()
        upload = begins(story, content).ref
        with pytest.raises(HeicRefused):
            sends(upload, content, 0)
        assert queries.upload_progress(login_id=login(ANA), upload_ref=upload).received == 0

    def test_sizes_and_numbers_have_limits(self, story: Story) -> None:
        def announces(length: int, print_: str) -> None:
            actions.begin_upload(
                login_id=login(ANA),
                claim_ref=story.ref,
                kind="diagnosis",
                length=length,
                device_hash=print_,
                now=day(120),
            )

        with pytest.raises(DocumentTooLarge):
            announces(BYTES_MAX + 1, "0" * 64)
        with pytest.raises(DocumentEmpty):
            announces(0, "0" * 64)
        for wrong in ("", "z" * 64, "0" * 62):
            with pytest.raises(HashDiffers):
                announces(10, wrong)
        for number in range(UPLOADS_OPEN_MAX):
            announces(10, f"{number:064x}")
        with pytest.raises(TooManyUploads):
            announces(10, "f" * 64)

    def test_it_is_nobody_elses_and_no_state_takes_what_it_takes_not(self, story: Story) -> None:
        content = big()
        upload = begins(story, content).ref
        with pytest.raises(NoSuchClaim):
            actions.begin_upload(
                login_id=login(FEI),
                claim_ref=story.ref,
                kind="diagnosis",
                length=10,
                device_hash="0" * 64,
                now=day(120),
            )
        for who, ref in ((FEI, upload), (ANA, "0" * 32)):
            with pytest.raises(NoSuchUpload):
                actions.add_piece(
                    login_id=login(who), upload_ref=ref, offset=0, content=content, now=day(120)
                )
        actions.withdraw_claim(login_id=login(ANA), claim_ref=story.ref, now=day(121))
        with pytest.raises(ClaimEventNotPossible):
            begins(story, content)


def test_given_up_uploads_are_pruned_and_young_ones_kept(story: Story) -> None:
    content = big()
    sends(begins(story, content).ref, content, 0)
    assert actions.prune_uploads(now=day(127)) == 0
    assert actions.prune_uploads(now=day(127) + timedelta(seconds=1)) == 1
    assert not UploadPiece.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_last_piece_sent_five_times_at_once_is_one_document() -> None:
    story = begun().drafts().opens()
    content, ana = big(pieces=2), login(ANA)
    upload = begins(story, content).ref
    sends(upload, content, 0)
    answers = at_once(
        5,
        lambda _: actions.add_piece(
            login_id=ana,
            upload_ref=upload,
            offset=PIECE_BYTES,
            content=content[PIECE_BYTES:],
            now=day(120),
        ),
    )
    assert set(answers) == {"done"}
    assert story.claim.evidence.count() == 1


def _stored_again(upload: Upload, number: int, piece: bytes) -> None:
    from sameboat.claims.actions.uploads import _place
    from sameboat.runtime.keys import keystore
    from sameboat.runtime.sealing import seal

    sealed = seal(
        keystore().get("claim", upload.claim.ref), piece, associated=_place(upload, number)
    )
    UploadPiece.objects.update_or_create(upload=upload, number=number, defaults={"sealed": sealed})
