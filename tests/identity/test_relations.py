"""Who may act for whom: a name and a number are not enough where somebody is here already."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

import society
from sameboat.claims.queries import my_claims
from sameboat.gateways.messaging.sandbox import outbox
from sameboat.identity import actions, queries
from sameboat.identity.actions.relations import NoSuchRelation
from sameboat.identity.models import AskedRelation, Login, Relation
from sameboat.identity.persons import find_person
from sameboat.members import actions as members
from sameboat.members.actions.relatives import PaysForYou
from sameboat.members.queries import memberships_of
from sameboat.runtime import clock
from society import ANA, BAO, FEI, MEI, START, WEN, Somebody
from web.pages import client_of
from web.walking import Walker

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FATHER = replace(FEI, name="温爸爸", serial=4, phone="+8613800000077")


def own(somebody: Somebody) -> int:
    return society.signed_in(somebody).id


def asks(asker: Somebody, relative: Somebody, relation: str) -> str:
    """The outcome of the verification."""
    society.verified(asker)
    ref = society.asked(relative, by=asker, relation=relation)
    outcome = actions.answer_verification(ref=ref, now=START)
    for asked in AskedRelation.objects.filter(refused_at=None):
        actions.tell_asked(asked_id=asked.id, now=START)
    return outcome


def waiting(somebody: Somebody) -> list[queries.AskedLine]:
    return queries.relations_asked(own(somebody))


def acts(asker: Somebody, relative: Somebody) -> bool:
    person = find_person(relative.facts.number)
    assert person is not None
    return queries.may_act_for(own(asker), person.id)


class TestWhoHasALogin:
    @pytest.fixture(autouse=True)
    def _ana_is_a_member(self) -> None:
        society.running()
        society.joined(ANA)

    def test_a_stranger_who_knows_name_and_number_sees_and_does_nothing(self) -> None:
        assert asks(FEI, ANA, "spouse") == "asked"
        assert not acts(FEI, ANA)
        assert memberships_of(own(FEI)) == []
        assert my_claims(own(FEI)) == []
        state = queries.verification(
            login_id=own(FEI), ref=Login.objects.get(id=own(FEI)).verifications.latest("id").ref
        )
        assert state.person_ref is None

    def test_they_are_told_and_agree_or_refuse_in_their_own_session(self) -> None:
        asks(FEI, ANA, "spouse")
        (sent,) = [one for one in outbox(to=ANA.phone) if one.template == "relation_asked"]
        assert FEI.name not in str(sent.data)
        (line,) = waiting(ANA)
        assert (line.asker, line.relative, line.is_self) == (FEI.name, ANA.name, True)
        actions.agree_to_relation(login_id=own(ANA), asked_id=line.id, now=START)
        assert acts(FEI, ANA)
        with pytest.raises(NoSuchRelation):
            actions.agree_to_relation(login_id=own(ANA), asked_id=line.id, now=START)
        # Whoever asks again is verified at once: it stands.
        assert asks(FEI, ANA, "spouse") == "match"

    def test_nobody_answers_for_them_least_of_all_who_asked(self) -> None:
        asks(FEI, ANA, "spouse")
        (line,) = waiting(ANA)
        society.verified(WEN)
        for other in (FEI, WEN):
            assert waiting(other) == []
            for answer in (actions.agree_to_relation, actions.refuse_relation):
                with pytest.raises(NoSuchRelation):
                    answer(login_id=own(other), asked_id=line.id, now=START)

    def test_a_refusal_holds_for_a_month_and_is_no_new_message(self) -> None:
        asks(FEI, ANA, "spouse")
        (line,) = waiting(ANA)
        actions.refuse_relation(login_id=own(ANA), asked_id=line.id, now=START)
        assert waiting(ANA) == []
        assert asks(FEI, ANA, "spouse") == "asked"
        assert waiting(ANA) == []
        assert len([one for one in outbox(to=ANA.phone) if one.template == "relation_asked"]) == 1
        assert actions.forget_refused(now=START + 30 * DAY) == 0
        assert actions.forget_refused(now=START + 31 * DAY) == 1
        asks(FEI, ANA, "spouse")
        assert len(waiting(ANA)) == 1

    def test_they_see_who_acts_for_them_and_end_it(self) -> None:
        asks(FEI, ANA, "spouse")
        (line,) = waiting(ANA)
        actions.agree_to_relation(login_id=own(ANA), asked_id=line.id, now=START)
        (acting,) = queries.acting_for_me(own(ANA))
        with pytest.raises(NoSuchRelation):
            members.end_relation(login_id=own(FEI), relation_id=acting.id, now=START)
        members.end_relation(login_id=own(ANA), relation_id=acting.id, now=START)
        assert not acts(FEI, ANA)


class TestWhoHasNone:
    @pytest.fixture(autouse=True)
    def _wen_acts_for_mei_and_bao(self) -> None:
        society.running()
        society.joined(WEN)
        society.joined(MEI, by=WEN, relation="parent")
        society.joined(BAO, by=WEN, relation="child")

    @pytest.mark.parametrize(("relative", "relation"), [(MEI, "parent"), (BAO, "child")])
    def test_whoever_acts_for_them_is_asked_about_another_one(
        self, relative: Somebody, relation: str
    ) -> None:
        assert asks(FATHER, relative, relation) == "asked"
        assert not acts(FATHER, relative)
        (line,) = waiting(WEN)
        assert (line.asker, line.is_self) == (FATHER.name, False)
        actions.agree_to_relation(login_id=own(WEN), asked_id=line.id, now=START)
        assert acts(FATHER, relative)

    def test_once_they_have_a_login_they_answer_and_whoever_acts_for_them_does_not(self) -> None:
        asks(FATHER, MEI, "parent")
        (line,) = waiting(WEN)
        mei = replace(MEI, phone="+8613800000078")
        society.verified(mei)
        assert waiting(WEN) == []
        with pytest.raises(NoSuchRelation):
            actions.agree_to_relation(login_id=own(WEN), asked_id=line.id, now=START)
        assert [each.id for each in waiting(mei)] == [line.id]
        (acting,) = queries.acting_for_me(own(mei))
        # Wen pays for her, and could not stop paying.
        with pytest.raises(PaysForYou):
            members.end_relation(login_id=own(mei), relation_id=acting.id, now=START)

    def test_the_dead_are_asked_nothing_so_the_other_parent_goes_on(self) -> None:
        society.died(society.verified(WEN), on=START.date(), now=START)
        assert asks(FATHER, BAO, "child") == "match"
        assert acts(FATHER, BAO)


def test_nobody_is_there_yet_and_it_stands_at_once() -> None:
    society.running()
    assert asks(WEN, MEI, "parent") == "match"
    assert Relation.objects.get().kind == "parent"


def test_on_pages_and_by_the_api_it_is_answered_and_ended() -> None:
    society.running()
    society.joined(ANA)
    asks(FEI, ANA, "spouse")
    fei = Walker(client_of(FEI)).opens(reverse("web:household"))
    ana = Walker(client_of(ANA)).opens(reverse("web:household"))
    ana.says(f"{FEI.name} asks to act for {ANA.name}").says("says to be their spouse")
    ana.presses("Agree").says("Who of the family acts for me")
    fei.opens(reverse("web:household")).says(ANA.name)
    token = actions.issue_token(login_id=own(ANA), now=clock.now()).token
    headers = {"authorization": f"Bearer {token}", "idempotency-key": "end-1"}
    client = client_of(ANA)
    found = client.get("/api/v1/relations", headers=headers).json()
    assert found["asked"] == []
    (acting,) = found["acting"]
    assert acting["holder"] == FEI.name
    ended = client.post(f"/api/v1/relations/{acting['id']}/end", headers=headers)
    assert ended.status_code == 200
    assert not acts(FEI, ANA)
