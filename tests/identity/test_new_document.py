"""A child who joined by a birth certificate goes on as the same member by the resident ID."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

import society
from console.staff import SECOND, SUPERVISOR, at_desk
from sameboat.identity import actions, queries
from sameboat.identity.actions.verification import NotYourPerson
from sameboat.identity.documents import to_look_at
from sameboat.identity.models import AuditRow, Person, Verification
from sameboat.identity.persons import find_person
from sameboat.identity.queries import NoSuchVerification, NotAllowed
from sameboat.members.queries import join_opening
from sameboat.proof.leaves import who
from sameboat.rules.documents import DocumentKind, read_number
from sameboat.runtime import clock
from sameboat.runtime.keys import KeyDestroyed, keystore
from sameboat.upkeep.forgetting import forget
from society import BAO, FEI, START, WEN
from web.pages import client_of, text_of, verified_meanwhile

pytestmark = pytest.mark.django_db
CERTIFICATE = "R440123453"
INFANT = "温宝"


def infant() -> Person:
    """Bao, joined by the birth certificate under the name of the first days."""
    society.running()
    society.joined(WEN)
    login = society.signed_in(WEN)
    ref = actions.request_verification(
        login_id=login.id,
        relation="child",
        document_kind=DocumentKind.BIRTH_CERTIFICATE,
        document_number=CERTIFICATE,
        name=INFANT,
        born_on=BAO.born_on,
        sex=BAO.sex,
        now=START,
    )
    assert actions.answer_verification(ref=ref, now=START) == "match"
    return Person.objects.get(document_kind="birth_certificate")


def asks(child: Person, name: str, *, number: str = BAO.number) -> str:
    """Wen asks that the child be known by the ID; the request's reference."""
    return actions.request_new_document(
        login_id=society.signed_in(WEN).id,
        person_ref=child.ref,
        document_kind=DocumentKind.RESIDENT_ID,
        document_number=number,
        name=name,
        now=START,
    )


class TestSamePerson:
    def test_the_membership_goes_on_and_its_receipt_still_opens(self) -> None:
        child = infant()
        membership = society.joined(BAO, by=WEN, relation="child", person=child)
        ref = asks(child, INFANT)
        assert actions.answer_verification(ref=ref, now=START) == "match"
        child.refresh_from_db()
        assert (child.document_kind, child.province) == ("resident_id", "11")
        assert queries.document_of(child).text == BAO.number
        assert Person.objects.filter(memberships=membership).get() == child
        leaf, salt = join_opening(membership)
        # It opens to the document of that day, which its holder has.
        assert leaf.who == who(salt, DocumentKind.BIRTH_CERTIFICATE, CERTIFICATE).hex()

    def test_both_numbers_find_the_one_person(self) -> None:
        child = infant()
        actions.answer_verification(ref=asks(child, INFANT), now=START)
        for kind, text in (
            (DocumentKind.BIRTH_CERTIFICATE, CERTIFICATE),
            (DocumentKind.RESIDENT_ID, BAO.number),
        ):
            number = read_number(kind, text)
            assert not isinstance(number, str)
            assert find_person(number) == child
        again = society.verified(BAO, by=WEN, relation="child")
        assert again == child

    def test_another_birth_date_or_somebody_elses_number_is_refused(self) -> None:
        child = infant()
        older = society.Somebody(name=INFANT, born_on=date(2017, 1, 1), sex="m")
        ref = asks(child, INFANT, number=older.number)
        assert actions.answer_verification(ref=ref, now=START) == "other_person"
        twin = society.verified(BAO, by=WEN, relation="child")
        assert twin != child
        assert actions.answer_verification(ref=asks(child, INFANT), now=START) == "other_person"
        child.refresh_from_db()
        assert child.document_kind == "birth_certificate"

    def test_nobody_asks_for_a_stranger(self) -> None:
        child = infant()
        society.verified(FEI)
        with pytest.raises(NotYourPerson):
            actions.request_new_document(
                login_id=society.signed_in(FEI).id,
                person_ref=child.ref,
                document_kind=DocumentKind.RESIDENT_ID,
                document_number=BAO.number,
                name=BAO.name,
                now=START,
            )


class TestSecondLook:
    def test_another_name_waits_for_a_member_of_staff(self) -> None:
        child = infant()
        ref = asks(child, BAO.name)
        assert actions.answer_verification(ref=ref, now=START) == "second_look"
        child.refresh_from_db()
        assert child.document_kind == "birth_certificate"
        # What must be compared is kept, however long it takes, and gone once it was.
        actions.forget_verifications(now=START + timedelta(days=40))
        staff = society.signed_in(SUPERVISOR).id
        (waiting,) = to_look_at(staff)
        assert (waiting.old_name, waiting.new_name) == (INFANT, BAO.name)
        actions.decide_new_document(login_id=staff, ref=ref, accept=True, now=START)
        child.refresh_from_db()
        assert queries.name_of(child) == BAO.name
        assert AuditRow.objects.filter(verb="document.match", subject=child.ref).exists()
        forget(now=clock.now())
        with pytest.raises(KeyDestroyed):
            keystore().get("verification", ref)
        with pytest.raises(NoSuchVerification):
            actions.decide_new_document(login_id=staff, ref=ref, accept=False, now=START)

    def test_only_who_may_decides(self) -> None:
        ref = asks(infant(), BAO.name)
        actions.answer_verification(ref=ref, now=START)
        for login in (society.signed_in(society.HAO), society.signed_in(WEN)):
            with pytest.raises(NotAllowed):
                actions.decide_new_document(login_id=login.id, ref=ref, accept=True, now=START)
        assert Verification.objects.get(ref=ref).outcome == "second_look"


def test_the_pages_of_parent_and_staff_lead_there() -> None:
    child = infant()
    parent = client_of(WEN)
    address = reverse("web:new_document", args=[child.ref])
    assert address in parent.get(reverse("web:household")).content.decode()
    assert "Birth certificate ···3453" in text_of(parent.get(address))
    stated = {"document_kind": "resident_id", "name": BAO.name}
    wrong = parent.post(address, {**stated, "document_number": "123"})
    assert "18 characters" in text_of(wrong)
    asked = parent.post(address, {**stated, "document_number": BAO.number}, follow=True)
    assert "is being verified" in text_of(asked)
    verified_meanwhile()
    state = asked.request["PATH_INFO"]
    assert "A member of staff compares" in text_of(parent.get(state))
    desk = at_desk(SECOND)
    listed = desk.get(reverse("console:documents"))
    assert BAO.name in text_of(listed)
    ref = Verification.objects.get(outcome="second_look").ref
    answer = desk.post(reverse("console:documents"), {"ref": ref, "accept": "yes"}, follow=True)
    assert "No document waits" in text_of(answer)
    assert "The new document is in force" in text_of(parent.get(state))
