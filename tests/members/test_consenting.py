"""An adult whom somebody else joined agrees in person before cover starts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

import society
from sameboat.gateways.messaging import sandbox
from sameboat.identity.actions.codes import NoSuchCode, TooManyCodes
from sameboat.identity.models import Consent
from sameboat.identity.personal import BadPhone
from sameboat.members import actions, queries
from sameboat.members.actions.consenting import (
    CODE_KEPT,
    CODES_A_DAY_MAX,
    TRIES_MAX,
    NothingToAgree,
    NotTheirPhone,
)
from sameboat.members.actions.ending import NoSuchMembership
from sameboat.members.models import ConsentCode, Membership
from sameboat.rules.membership import gap_on
from society import BAO, FEI, MEI, START, WEN
from web.pages import client_of, text_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
OWN_PHONE = "+8613900000123"
COVERED = date(2026, 6, 1)


def mother() -> Membership:
    """Mei, whom her daughter Wen joined."""
    society.running()
    society.joined(WEN)
    return society.joined(MEI, by=WEN, relation="parent")


def code_for(membership: Membership, *, phone: str = OWN_PHONE) -> str:
    """The code that reaches Mei's phone when Wen asks for it."""
    asked = {"login_id": society.signed_in(WEN).id, "membership_ref": membership.ref}
    actions.ask_consent(**asked, phone=phone, now=START)  # type: ignore[arg-type]
    row = ConsentCode.objects.latest("id")
    for _ in range(2):
        actions.send_consent_code(code_id=row.id, now=START)
    message, *_others = sandbox.outbox(to=phone)
    return message.data["code"]


def types(membership: Membership, code: str, *, now: object = START) -> bool:
    return actions.agree_by_code(
        login_id=society.signed_in(WEN).id,
        membership_ref=membership.ref,
        code=code,
        now=now,  # type: ignore[arg-type]
    )


class TestWhoMustAgree:
    def test_only_an_adult_whom_somebody_else_joined(self) -> None:
        adult = mother()
        child = society.joined(BAO, by=WEN, relation="child")
        own = Membership.objects.get(person=society.verified(WEN))
        assert [each.needs_consent for each in (adult, child, own)] == [True, False, False]
        with pytest.raises(NothingToAgree):
            actions.agree(login_id=society.signed_in(WEN).id, membership_ref=own.ref, now=START)

    def test_the_waiting_runs_but_cover_does_not_start(self) -> None:
        adult = mother()
        assert adult.covered_from == COVERED
        assert queries.cover(adult, COVERED - DAY).state == "waiting"
        assert queries.cover(adult, COVERED).state == "unconfirmed"
        (gap,) = queries.gaps(adult)
        assert gap.why == "no_consent"
        assert gap_on(date(2026, 3, 3), queries.gaps(adult)) == gap


class TestByCode:
    def test_the_code_from_her_own_phone_starts_cover(self) -> None:
        adult = mother()
        code = code_for(adult)
        assert not types(adult, "000000" if code != "000000" else "111111")
        assert types(adult, code)
        adult.refresh_from_db()
        assert adult.consented_on == date(2026, 3, 2)
        assert queries.cover(adult, COVERED).state == "covered"
        assert gap_on(date(2026, 3, 2), queries.gaps(adult)) is None
        given = Consent.objects.get(person=adult.person, purpose="membership")
        assert given.given_by == society.signed_in(WEN)
        assert not ConsentCode.objects.exists()
        with pytest.raises(NothingToAgree):
            types(adult, code)

    def test_late_consent_covers_from_its_day(self) -> None:
        adult = mother()
        late = START + 100 * DAY
        actions.ask_consent(
            login_id=society.signed_in(WEN).id,
            membership_ref=adult.ref,
            phone=OWN_PHONE,
            now=late,
        )
        actions.send_consent_code(code_id=ConsentCode.objects.get().id, now=late)
        assert types(adult, sandbox.outbox(to=OWN_PHONE)[0].data["code"], now=late)
        adult.refresh_from_db()
        on = date(2026, 6, 10)
        assert adult.consented_on == on
        assert gap_on(on - DAY, queries.gaps(adult)) is not None
        assert gap_on(on, queries.gaps(adult)) is None

    def test_five_wrong_tries_or_a_week_end_a_code(self) -> None:
        adult = mother()
        code = code_for(adult)
        with pytest.raises(NoSuchCode):
            types(adult, code, now=START + CODE_KEPT + DAY)
        wrong = "1" * 6 if code != "1" * 6 else "2" * 6
        assert [types(adult, wrong) for _ in range(TRIES_MAX)] == [False] * TRIES_MAX
        with pytest.raises(NoSuchCode):
            types(adult, code)
        assert actions.forget_codes(now=START + CODE_KEPT + DAY) == 1

    def test_the_payers_own_phone_is_no_consent(self) -> None:
        adult = mother()
        with pytest.raises(NotTheirPhone):
            code_for(adult, phone="138 0000 0005")
        with pytest.raises(BadPhone):
            code_for(adult, phone="12")
        for _ in range(CODES_A_DAY_MAX):
            code_for(adult)
        with pytest.raises(TooManyCodes):
            code_for(adult)

    def test_a_stranger_neither_asks_nor_answers(self) -> None:
        adult = mother()
        society.verified(FEI)
        with pytest.raises(NoSuchMembership):
            actions.agree(login_id=society.signed_in(FEI).id, membership_ref=adult.ref, now=START)


class TestOnPages:
    def test_without_a_smartphone_the_daughter_types_the_code(self) -> None:
        adult = mother()
        client = client_of(WEN)
        address = reverse("web:consent", args=[adult.ref])
        assert address in client.get(reverse("web:cover")).content.decode()
        assert "must agree in person" in text_of(client.get(address))
        sent = client.post(address, {"phone": OWN_PHONE}, follow=True)
        assert "on its way" in text_of(sent)
        actions.send_consent_code(code_id=ConsentCode.objects.get().id, now=START)
        assert "not right" in text_of(client.post(address, {"code": "12"}))
        code = sandbox.outbox(to=OWN_PHONE)[0].data["code"]
        done = client.post(address, {"code": code}, follow=True)
        assert "has not agreed yet" not in text_of(done)

    def test_with_one_she_signs_in_and_agrees_herself(self) -> None:
        adult = mother()
        herself = society.Somebody(name=MEI.name, born_on=MEI.born_on, sex=MEI.sex, phone=OWN_PHONE)
        society.verified(herself)
        client = client_of(herself, language="zh")
        address = reverse("web:consent", args=[adult.ref])
        page = text_of(client.get(address))
        assert "您不需付钱" in page
        assert "这是互助，不是保险" in page
        client.post(address)
        adult.refresh_from_db()
        assert adult.consented_on is not None
