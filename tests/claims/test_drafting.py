"""Before a claim is handed in: it can be mended and dropped, and documents can be taken out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from claims import documents_factory as documents
from claims.story import Story, begun, day, login
from sameboat.claims import actions
from sameboat.claims.access import NoSuchClaim
from sameboat.claims.actions.drafting import VersionFixed
from sameboat.claims.life import ClaimEventNotPossible
from sameboat.claims.models import Claim
from sameboat.claims.payees import payee_of
from sameboat.claims.queries.stored import NoSuchEvidence, check_documents
from sameboat.claims.stated import HoursWrong, stated_of
from sameboat.gateways import files
from sameboat.gateways.files import FileMissing
from sameboat.gateways.identity_check import Outcome
from sameboat.gateways.identity_check.sandbox import number_for
from sameboat.record.actions import sequence
from sameboat.record.check import check_log
from sameboat.record.queries import chain_entries
from sameboat.rules.documents import DocumentKind
from sameboat.runtime.keys import KeyDestroyed, keystore
from society import ANA, FEI

ACCIDENT = day(118)


@pytest.fixture
def story(db: None) -> Story:
    return begun()


def said(**changes: Any) -> dict[str, Any]:
    return {
        "illness": "3",
        "severity": "severe",
        "accident": False,
        "diagnosed_on": date(2026, 6, 27),
        "hospital": "协和医院",
        "statement": "改口",
        "payee_name": "安爸爸",
        "payee_phone": "13900000009",
        "payee_document_kind": DocumentKind.RESIDENT_ID,
        "payee_document_number": number_for(Outcome.MATCH, born_on=date(1960, 2, 2), sex="m"),
    } | changes


def mended(story: Story, **changes: Any) -> None:
    actions.edit_claim(login_id=login(ANA), claim_ref=story.ref, now=day(121), **said(**changes))


class TestMending:
    def test_everything_said_is_said_anew(self, story: Story) -> None:
        story.drafts()
        mended(story)
        claim = story.claim
        assert (claim.state, stated_of(claim).hospital) == ("DRAFT", "协和医院")
        assert stated_of(claim).diagnosed_on == date(2026, 6, 27)
        assert payee_of(claim).name == "安爸爸"

    def test_also_while_documents_are_collected_without_a_trace(self, story: Story) -> None:
        story.drafts().opens()
        before = chain_entries(bytes.fromhex(story.ref))
        mended(story, hospital="华山医院")
        assert stated_of(story.claim).hospital == "华山医院"
        assert chain_entries(bytes.fromhex(story.ref)) == before

    def test_the_version_on_the_record_stays(self, story: Story) -> None:
        story.drafts().opens()
        Claim.objects.update(governing_version="2025-01")
        with pytest.raises(VersionFixed):
            mended(story)
        assert stated_of(story.claim).hospital == "仁济医院"

    def test_nothing_is_mended_after_handing_in(self, story: Story) -> None:
        story.drafts().opens().sends_all().consents().seals()
        with pytest.raises(ClaimEventNotPossible):
            mended(story)

    def test_it_is_nobody_elses_to_mend(self, story: Story) -> None:
        story.drafts()
        with pytest.raises(NoSuchClaim):
            actions.edit_claim(login_id=login(FEI), claim_ref=story.ref, now=day(121), **said())


class TestDropping:
    @pytest.mark.django_db(transaction=True)
    def test_a_draft_leaves_nothing_but_a_destroyed_key(self) -> None:
        story = begun().drafts()
        actions.drop_draft(login_id=login(ANA), claim_ref=story.ref, now=day(121))
        assert not Claim.objects.exists()
        with pytest.raises(KeyDestroyed):
            keystore().get("claim", story.ref)
        Story(story.membership).drafts(122)

    def test_what_is_on_the_record_is_withdrawn_instead(self, story: Story) -> None:
        story.drafts().opens()
        with pytest.raises(ClaimEventNotPossible):
            actions.drop_draft(login_id=login(ANA), claim_ref=story.ref, now=day(121))
        with pytest.raises(NoSuchClaim):
            actions.drop_draft(login_id=login(FEI), claim_ref=story.ref, now=day(121))


class TestTakingOut:
    @pytest.mark.django_db(transaction=True)
    def test_the_files_are_erased_and_the_seal_names_the_commitment(self) -> None:
        story = begun().drafts().opens().sends_all()
        wrong = story.sends("bill", documents.photo("somebody else's bill"))
        row = story.claim.evidence.get(ref=wrong)
        actions.take_out_evidence(login_id=login(ANA), evidence_ref=wrong, now=day(121))
        for key in (row.original_key, row.viewing_key):
            with pytest.raises(FileMissing):
                files.provider().get(key)
        story.consents().seals()
        sealed = chain_entries(bytes.fromhex(story.ref))[-1]
        assert sealed.body == {"documents": 2, "taken_out": [bytes(row.commitment).hex()]}
        sequence(now=day(121))
        assert check_log().good
        assert check_documents() == []

    def test_a_required_document_is_missing_again(self, story: Story) -> None:
        story.drafts().opens().sends_all().consents()
        ref = story.claim.evidence.get(kind="diagnosis").ref
        actions.take_out_evidence(login_id=login(ANA), evidence_ref=ref, now=day(121))
        with pytest.raises(actions.filing.EvidenceMissing):
            story.seals()

    def test_the_same_file_may_come_back(self, story: Story) -> None:
        story.drafts().opens()
        content = documents.photo("the one")
        ref = story.sends("diagnosis", content)
        actions.take_out_evidence(login_id=login(ANA), evidence_ref=ref, now=day(121))
        story.sends("diagnosis", content)
        assert story.claim.evidence.count() == 1

    def test_after_handing_in_nothing_goes(self, story: Story) -> None:
        story.drafts().opens().sends_all().consents().seals()
        ref = story.claim.evidence.latest("id").ref
        with pytest.raises(ClaimEventNotPossible):
            actions.take_out_evidence(login_id=login(ANA), evidence_ref=ref, now=day(122))
        for stranger_or_wrong in ((login(FEI), ref), (login(ANA), "0" * 32)):
            with pytest.raises(NoSuchEvidence):
                actions.take_out_evidence(
                    login_id=stranger_or_wrong[0], evidence_ref=stranger_or_wrong[1], now=day(122)
                )


class TestHours:
    """The accident's and the death's hours are stated, and the checks compute with them."""

    @pytest.mark.parametrize(
        ("died_after", "outcome"),
        [
            (timedelta(hours=95, minutes=59), "fail"),
            (timedelta(hours=96), "pass"),
            (None, "pass"),
        ],
    )
    def test_death_after_an_accident(
        self, story: Story, died_after: timedelta | None, outcome: str
    ) -> None:
        died_at = ACCIDENT + died_after if died_after else None
        story.drafts(123, accident=True, accident_at=ACCIDENT, died_at=died_at)
        story.opens(123).sends_all(123).consents(123).seals(123)
        assert story.claim.checks.get(code="accident_death").outcome == outcome

    def test_a_death_certificate_without_hours_asks_for_a_look(self, story: Story) -> None:
        story.drafts(123, accident=True, accident_at=ACCIDENT).opens(123).sends_all(123)
        story.sends("death_certificate", on=123)
        story.consents(123).seals(123)
        assert story.claim.checks.get(code="accident_death").outcome == "attention"

    @pytest.mark.parametrize(
        ("accident", "accident_at", "died_at"),
        [
            (True, None, ACCIDENT),
            (True, ACCIDENT, ACCIDENT - timedelta(hours=1)),
            (True, day(121), None),
            (True, ACCIDENT, day(121)),
            (False, ACCIDENT, None),
            (False, None, ACCIDENT),
        ],
    )
    def test_hours_that_cannot_be_right(
        self,
        story: Story,
        accident: bool,
        accident_at: datetime | None,
        died_at: datetime | None,
    ) -> None:
        with pytest.raises(HoursWrong):
            story.drafts(accident=accident, accident_at=accident_at, died_at=died_at)
