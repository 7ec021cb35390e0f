"""Filing a claim by page: the task list, documents, handing in, withdrawing, appealing."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

import pool
import society
from claims.documents_factory import photo
from sameboat.claims import actions as claims
from sameboat.claims.checking import stored_checks
from sameboat.claims.models import Claim
from sameboat.claims.stated import stated_of
from sameboat.gateways.identity_check import Outcome
from sameboat.gateways.identity_check.sandbox import number_for
from sameboat.identity.queries import name_of
from sameboat.members.models import Membership
from sameboat.record import actions as record
from sameboat.runtime import clock
from society import ANA, FEI, HAO, LIN
from web.pages import client_of, text_of

pytestmark = pytest.mark.django_db

HAPPENED = {
    "diagnosed_on_0": "2026",
    "diagnosed_on_1": "3",
    "diagnosed_on_2": "3",
    "accident": "yes",
    "accident_at_0": "2026",
    "accident_at_1": "3",
    "accident_at_2": "2",
    "accident_at_3": "9",
    "hospital": "协和医院",
    "statement": "车祸，左腿骨折",
}
PAYEE = {"payee_name": "安娜娜", "payee_phone": "138 0000 0001"}
MOTHER = {
    "payee_name": "安妈妈",
    "payee_phone": "139 0000 0001",
    "payee_document_kind": "resident_id",
}


AGREED = dict.fromkeys(("health_data", "sharing_insurer", "publication"), "on")


@pytest.fixture
def membership() -> Membership:
    society.running()
    return society.joined(ANA)


def payee_of(membership: Membership) -> dict[str, str]:
    """The ill member receives the aid: verified already, so no document is asked for."""
    return PAYEE | {"payee_name": name_of(membership.person)}


def mother(answer: Outcome) -> dict[str, str]:
    """Somebody who is not verified here, with a document of which the register says this."""
    return MOTHER | {"payee_document_number": number_for(answer, born_on=date(1960, 2, 2), sex="f")}


def file(text: str, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photo(text), content_type="image/jpeg")


def post(client: Client, page: str, ref: str, **data: Any) -> Any:
    return client.post(reverse(f"web:{page}", args=[ref]), data, follow=True)


def drafted(client: Client, membership: Membership, **more: str) -> Claim:
    post(client, "claim_illness", membership.ref, illness="1")
    post(client, "claim_facts", membership.ref, **HAPPENED | more)
    post(client, "claim_payee", membership.ref, **payee_of(membership))
    post(client, "claim_check", membership.ref)
    return Claim.objects.latest("id")


def handed_in(client: Client, membership: Membership, **more: str) -> Claim:
    claim = drafted(client, membership, **more)
    post(client, "claim_open", claim.ref)
    for kind in ("identity", "diagnosis"):
        post(client, "claim_documents", claim.ref, kind=kind, documents=[file(kind)])
    post(client, "claim_hand_in", claim.ref, **AGREED)
    claim.refresh_from_db()
    return claim


def declined(claim: Claim) -> None:
    now = clock.now()
    hao, lin, yin, di = (
        society.signed_in(one, now=now).id for one in (HAO, LIN, pool.INSURER, pool.INVESTIGATOR)
    )
    claims.assign_investigator(login_id=yin, claim_ref=claim.ref, investigator_id=di, now=now)
    claims.report_investigation(
        login_id=di, claim_ref=claim.ref, finding="contradicted", report="不属实", now=now
    )
    decision = claims.decline_claim(
        login_id=hao,
        claim_ref=claim.ref,
        clause="waiting.days",
        reason_code="in_waiting_period",
        reason="确诊在等待期内",
        now=now,
    )
    claims.confirm_decision(login_id=lin, decision_id=decision, now=now)


class TestFiling:
    def test_the_illness_is_found_as_people_name_it(self, membership: Membership) -> None:
        client = client_of(ANA)
        page = client.get(reverse("web:claim_illness", args=[membership.ref]), {"q": "I21"})
        assert text_of(page).count("myocardial") >= 1
        nothing = client.get(reverse("web:claim_illness", args=[membership.ref]), {"q": "xyzzy"})
        assert "Nothing on the list is called" in text_of(nothing)

    def test_a_draft_is_a_task_list_that_says_what_comes_next(self, membership: Membership) -> None:
        client = client_of(ANA)
        claim = drafted(client, membership)
        assert claim.state == "DRAFT"
        assert "Put it on the record" in text_of(
            client.get(reverse("web:claims"), follow=True)
        ) or ("Draft" in text_of(client.get(reverse("web:claims"))))
        post(client, "claim_open", claim.ref)
        # Another day, another device: the claim itself knows what is missing.
        later = client_of(ANA).get(reverse("web:claim", args=[claim.ref]))
        assert "2 missing" in text_of(later)
        assert "Identity document: missing" in text_of(later)

    def test_two_photos_at_once_are_two_documents(self, membership: Membership) -> None:
        client = client_of(ANA)
        claim = drafted(client, membership)
        post(client, "claim_open", claim.ref)
        both = [file("page 1"), file("page 2")]
        answer = post(client, "claim_documents", claim.ref, kind="diagnosis", documents=both)
        assert "2 documents were added" in text_of(answer)
        assert claim.evidence.count() == 2
        assert set(claim.evidence.values_list("hashed_by", flat=True)) == {"server"}

    def test_a_bad_file_does_not_lose_the_good_one(self, membership: Membership) -> None:
        client = client_of(ANA)
        claim = drafted(client, membership)
        post(client, "claim_open", claim.ref)
        bad = SimpleUploadedFile("virus.exe", b"MZ not a picture", content_type="image/jpeg")
        answer = post(
            client, "claim_documents", claim.ref, kind="identity", documents=[file("1"), bad]
        )
        assert "virus.exe" in text_of(answer)
        assert 'role="alert"' in answer.content.decode()
        assert claim.evidence.count() == 1

    def test_the_devices_fingerprint_is_taken_and_compared(self, membership: Membership) -> None:
        client = client_of(ANA)
        claim = drafted(client, membership)
        post(client, "claim_open", claim.ref)
        content = photo("hashed here")
        for wrong, count in (("0" * 64, 0), (hashlib.sha256(content).hexdigest(), 1)):
            upload = SimpleUploadedFile("a.jpg", content)
            post(
                client,
                "claim_documents",
                claim.ref,
                kind="identity",
                documents=[upload],
                device_hash=[wrong],
            )
            assert claim.evidence.filter(hashed_by="device").count() == count

    def test_handing_in_needs_both_consents(self, membership: Membership) -> None:
        client = client_of(ANA)
        claim = drafted(client, membership)
        post(client, "claim_open", claim.ref)
        for kind in ("identity", "diagnosis"):
            post(client, "claim_documents", claim.ref, kind=kind, documents=[file(kind)])
        answer = post(client, "claim_hand_in", claim.ref, health_data="on")
        assert 'href="#id_publication"' in answer.content.decode()
        claim.refresh_from_db()
        assert claim.state == "COLLECTING"
        answer = post(client, "claim_hand_in", claim.ref, **AGREED)
        claim.refresh_from_db()
        assert claim.state == "SEALED"
        assert "Handed in" in text_of(answer)

    def test_who_lacks_documents_is_led_to_the_checklist(self, membership: Membership) -> None:
        client = client_of(ANA)
        claim = drafted(client, membership)
        post(client, "claim_open", claim.ref)
        answer = post(client, "claim_hand_in", claim.ref, **AGREED)
        assert answer.redirect_chain[-1][0] == reverse("web:claim_documents", args=[claim.ref])
        claim.refresh_from_db()
        assert claim.state == "COLLECTING"


class TestMending:
    """Before a claim is handed in, what was filled in can be changed, and all of it dropped."""

    def test_what_was_said_stands_in_the_form_and_can_be_said_anew(
        self, membership: Membership
    ) -> None:
        client = client_of(ANA)
        claim = drafted(client, membership)
        page = client.get(reverse("web:claim_mend", args=[claim.ref]))
        assert 'value="协和医院"' in page.content.decode()
        assert 'name="accident_at_3" value="9"' in page.content.decode()
        changed = HAPPENED | PAYEE | {"hospital": "仁济医院", "illness": "2", "accident_at_3": "10"}
        answer = post(client, "claim_mend", claim.ref, **changed)
        assert "仁济医院" in text_of(answer)
        assert "Acute myocardial infarction" in text_of(answer)
        claim.refresh_from_db()
        assert claim.state == "DRAFT"
        stated = stated_of(claim)
        assert stated.accident_at == datetime(2026, 3, 2, 2, tzinfo=UTC)

    def test_a_draft_is_deleted_after_a_second_look(self, membership: Membership) -> None:
        client = client_of(ANA)
        claim = drafted(client, membership)
        page = client.get(reverse("web:claim_drop", args=[claim.ref]))
        assert "erased for good" in text_of(page)
        assert "There is no claim" in text_of(post(client, "claim_drop", claim.ref))
        assert not Claim.objects.exists()

    def test_a_document_is_taken_out_after_a_second_look(self, membership: Membership) -> None:
        client = client_of(ANA)
        claim = drafted(client, membership)
        post(client, "claim_open", claim.ref)
        post(client, "claim_documents", claim.ref, kind="identity", documents=[file("wrong one")])
        ref = claim.evidence.get().ref
        page = client.get(reverse("web:claim_documents", args=[claim.ref]))
        assert reverse("web:document_take_out", args=[ref]) in page.content.decode()
        assert "Take out: Identity document?" in text_of(
            client.get(reverse("web:document_take_out", args=[ref]))
        )
        answer = post(client, "document_take_out", ref)
        assert "The document was taken out." in text_of(answer)
        assert not claim.evidence.exists()

    def test_nothing_of_it_is_offered_once_handed_in(self, membership: Membership) -> None:
        client = client_of(ANA)
        claim = handed_in(client, membership)
        page = client.get(reverse("web:claim", args=[claim.ref])).content.decode()
        for one in ("claim_mend", "claim_drop"):
            assert reverse(f"web:{one}", args=[claim.ref]) not in page
        ref = claim.evidence.latest("id").ref
        answer = post(client, "document_take_out", ref)
        assert "is not possible now" in text_of(answer)
        assert client_of(FEI).get(reverse("web:document_take_out", args=[ref])).status_code == 404

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"accident_at_3": ""}, "Type the hour too"),
            ({"accident_at_3": "24"}, "There is no such hour"),
            (dict.fromkeys((f"accident_at_{n}" for n in range(4)), ""), "hour of the accident"),
        ],
    )
    def test_after_an_accident_its_hour_is_asked_for(
        self, membership: Membership, changes: dict[str, str], told: str
    ) -> None:
        client = client_of(ANA)
        post(client, "claim_illness", membership.ref, illness="1")
        assert told in text_of(post(client, "claim_facts", membership.ref, **HAPPENED | changes))

    def test_death_within_the_excluded_hours_is_found_by_the_checks(
        self, membership: Membership
    ) -> None:
        client = client_of(ANA)
        died = {"died_at_0": "2026", "died_at_1": "3", "died_at_2": "6", "died_at_3": "8"}
        claim = handed_in(client, membership, **died)
        found = claim.checks.get(code="accident_death")
        assert found.outcome == "fail"
        (check,) = [one for one in stored_checks(claim) if one.code == "accident_death"]
        assert check.facts == {"hours": 95}


class TestPayee:
    """Who receives the aid is known here already, or verified before anything is decided."""

    def test_a_stranger_is_named_with_a_document(self, membership: Membership) -> None:
        client = client_of(ANA)
        post(client, "claim_illness", membership.ref, illness="1")
        post(client, "claim_facts", membership.ref, **HAPPENED)
        page = post(client, "claim_payee", membership.ref, **PAYEE | {"payee_name": "安妈妈"})
        assert "Choose the payee" in text_of(page)
        assert "Not needed for: 安娜娜." in text_of(page)
        wrong = MOTHER | {"payee_document_number": "110100196002020000"}
        page = post(client, "claim_payee", membership.ref, **wrong)
        assert "This cannot be the number of a" in text_of(page)

    def test_it_is_told_how_far_the_register_is(self, membership: Membership) -> None:
        client = client_of(ANA)
        claim = drafted(client, membership)
        assert "✓ verified" in text_of(client.get(reverse("web:claim", args=[claim.ref])))
        page = post(client, "claim_another_payee", claim.ref, **mother(Outcome.TIMEOUT))
        assert "is being compared with the register" in text_of(page)
        claim.refresh_from_db()
        assert claims.answer_payee(payee_ref=claim.payee_ref, now=clock.now()) == ""
        page = client.get(reverse("web:claim", args=[claim.ref]))
        assert "We ask again by ourselves" in text_of(page)
        page = post(client, "claim_another_payee", claim.ref, **mother(Outcome.MISMATCH))
        claim.refresh_from_db()
        claims.answer_payee(payee_ref=claim.payee_ref, now=clock.now())
        page = client.get(reverse("web:claim", args=[claim.ref]))
        assert "do not belong together" in text_of(page)

    def test_handing_in_says_what_is_wrong_with_the_payee(self, membership: Membership) -> None:
        client = client_of(ANA)
        claim = drafted(client, membership)
        post(client, "claim_another_payee", claim.ref, **mother(Outcome.DECEASED))
        claim.refresh_from_db()
        claims.answer_payee(payee_ref=claim.payee_ref, now=clock.now())
        post(client, "claim_open", claim.ref)
        for kind in ("identity", "diagnosis"):
            post(client, "claim_documents", claim.ref, kind=kind, documents=[file(kind)])
        answer = post(client, "claim_hand_in", claim.ref, **AGREED)
        assert "this person has died" in text_of(answer)
        claim.refresh_from_db()
        assert claim.state == "COLLECTING"


class TestAfterwards:
    def test_her_own_document_is_shown_to_her_and_to_no_other_member(
        self, membership: Membership
    ) -> None:
        client = client_of(ANA)
        claim = handed_in(client, membership)
        ref = claim.evidence.first().ref  # type: ignore[union-attr]
        shown = client.get(reverse("web:document", args=[ref]))
        assert shown["Content-Type"].startswith("image/")
        assert shown["Cache-Control"] == "no-store"
        fei = client_of(FEI)
        assert fei.get(reverse("web:document", args=[ref])).status_code == 404
        for page in ("claim", "claim_documents", "claim_hand_in", "claim_files"):
            assert fei.get(reverse(f"web:{page}", args=[claim.ref])).status_code == 404

    def test_a_declined_claim_quotes_the_clause_and_can_be_appealed(
        self, membership: Membership
    ) -> None:
        client = client_of(ANA)
        claim = handed_in(client, membership)
        declined(claim)
        page = text_of(client.get(reverse("web:claim", args=[claim.ref])))
        assert "within 90 days of joining is not covered" in page
        assert "确诊在等待期内" in page
        answer = post(client, "claim_appeal", claim.ref, text="我不同意")
        assert "queue of the review board" in text_of(answer)

    def test_a_further_payment_follows_a_paid_claim_only(self, membership: Membership) -> None:
        client = client_of(ANA)
        claim = handed_in(client, membership)
        page = client.get(reverse("web:claim_follow", args=[claim.ref]))
        assert "only the bills are asked for" in text_of(page)
        said = PAYEE | {"bills": "120.50", "hospital": "协和医院", "statement": "复查"}
        assert "that was paid out" in text_of(post(client, "claim_follow", claim.ref, **said))
        Claim.objects.update(state="PAID")
        answer = post(client, "claim_follow", claim.ref, **said)
        assert "Further payment, after the first claim" in text_of(answer)
        second = Claim.objects.latest("id")
        assert (second.follows_id, stated_of(second).bills) == (claim.id, 12_050)

    def test_withdrawing_is_asked_twice_and_then_done(self, membership: Membership) -> None:
        client = client_of(ANA)
        claim = handed_in(client, membership)
        page = client.get(reverse("web:claim_withdraw", args=[claim.ref]))
        assert "no aid is paid" in text_of(page)
        post(client, "claim_withdraw", claim.ref)
        claim.refresh_from_db()
        assert claim.state == "WITHDRAWN"

    def test_the_receipts_are_entries_with_their_proofs_and_openings(
        self, membership: Membership
    ) -> None:
        client = client_of(ANA)
        claim = handed_in(client, membership)
        early = client.get(reverse("web:claim_files", args=[claim.ref]))
        assert early.status_code == 404
        assert "not on the record yet" in text_of(early)
        record.sequence(now=clock.now())
        answer = client.get(reverse("web:claim_files", args=[claim.ref]))
        names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
        assert sum(name.endswith(".tlog-proof") for name in names) == 4
        assert sum(name.endswith(".opening.json") for name in names) == 2
