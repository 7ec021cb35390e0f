"""Erasure: what it waits for, what goes, what stays, and that nothing of it comes back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.db.models import Q
from django.test import Client
from django.urls import reverse

import society
from claims.story import Story, begun, day
from console.staff import AUDITOR, SUPERVISOR
from pool import at
from sameboat.claims import queries as claims
from sameboat.claims.actions import withdraw_claim
from sameboat.claims.documents import original
from sameboat.claims.models import Claim, Evidence
from sameboat.claims.stated import stated_of
from sameboat.gateways import files
from sameboat.identity import queries as who_is
from sameboat.identity.actions import answer_verification
from sameboat.identity.actions.codes import NoSuchCode
from sameboat.identity.models import Login, Person, PersonIndex, PhoneCode, Session
from sameboat.identity.outcomes import Outcome
from sameboat.identity.personal import open_text
from sameboat.identity.persons import HOME_TIMEZONE
from sameboat.identity.queries import NotAllowed
from sameboat.members import actions as members
from sameboat.members.models import Membership
from sameboat.record.actions import sequence
from sameboat.rights import actions
from sameboat.rights.actions import erasing
from sameboat.rights.actions.asking import NotToWithdraw
from sameboat.rights.actions.holding import HoldWrong, NoSuchHold
from sameboat.rights.items import AtErasure, Form, form_of
from sameboat.rights.keeping import mark_of
from sameboat.rights.models import DataRequest, RetentionHold
from sameboat.rights.proving import AskedAlready, NotYoursToDecide, ProofNeeded
from sameboat.rights.register import REGISTER
from sameboat.rights.waiting import Wait, waits_for
from sameboat.rules.calendar import day_of
from sameboat.runtime.checks import sql_checks
from sameboat.runtime.keys import KeyDestroyed
from sameboat.upkeep import backup
from society import ANA, BAO, FEI, MEI, WEN, Somebody
from upkeep.places import new_place, url_here

pytestmark = pytest.mark.django_db


def own(somebody: Somebody) -> int:
    return society.signed_in(somebody).id


def proved(somebody: Somebody, *, now: datetime) -> None:
    """They typed in the code that their phone received."""
    actions.send_code(login_id=own(somebody), now=now)
    code = PhoneCode.objects.latest("id")
    assert actions.prove(login_id=own(somebody), code=told(code), now=now)


def told(code: PhoneCode) -> str:
    place = "identity_phonecode.sealed_code"
    return open_text("login", code.login.name, place, bytes(code.sealed_code))


def killed(person: Person) -> None:
    raise KeyboardInterrupt


def asks_to_be_erased(somebody: Somebody, *, now: datetime, person: Person | None = None) -> str:
    proved(somebody, now=now)
    person = person or society.verified(somebody)
    return actions.ask_erasure(login_id=own(somebody), person_ref=person.ref, now=now)


def withdrawn_and_left(story: Story) -> None:
    """Ana takes her claim back and leaves."""
    withdraw_claim(login_id=own(ANA), claim_ref=story.ref, now=day(121))
    members.leave(login_id=own(ANA), membership_ref=story.membership.ref, now=day(121))


class TestAsking:
    def test_needs_a_fresh_code_to_the_phone(self) -> None:
        society.running()
        ana = society.verified(ANA)
        with pytest.raises(ProofNeeded):
            actions.ask_erasure(login_id=own(ANA), person_ref=ana.ref, now=day(1))
        with pytest.raises(NoSuchCode):
            actions.prove(login_id=own(ANA), code="000000", now=day(1))
        proved(ANA, now=day(1))
        late = day(1) + timedelta(minutes=11)
        with pytest.raises(ProofNeeded):
            actions.ask_erasure(login_id=own(ANA), person_ref=ana.ref, now=late)

    def test_a_code_is_over_after_five_wrong_ones(self) -> None:
        society.verified(ANA)
        actions.send_code(login_id=own(ANA), now=day(1))
        right = told(PhoneCode.objects.get())
        wrong = "000000" if right != "000000" else "000001"
        for _ in range(5):
            assert not actions.prove(login_id=own(ANA), code=wrong, now=day(1))
        with pytest.raises(NoSuchCode):
            actions.prove(login_id=own(ANA), code=right, now=day(1))

    def test_an_adult_decides_alone_a_guardian_for_a_child(self) -> None:
        society.verified(WEN)
        mei = society.verified(MEI, by=WEN, relation="parent")
        bao = society.verified(BAO, by=WEN, relation="child")
        proved(WEN, now=day(1))
        with pytest.raises(NotYoursToDecide):
            actions.ask_erasure(login_id=own(WEN), person_ref=mei.ref, now=day(1))
        assert actions.ask_erasure(login_id=own(WEN), person_ref=bao.ref, now=day(1))

    def test_once_at_a_time_and_it_can_be_withdrawn(self) -> None:
        ana = society.verified(ANA)
        ref = asks_to_be_erased(ANA, now=day(1))
        with pytest.raises(AskedAlready):
            actions.ask_erasure(login_id=own(ANA), person_ref=ana.ref, now=day(1))
        request = DataRequest.objects.get(ref=ref)
        assert request.due_on == day_of(day(1), HOME_TIMEZONE) + timedelta(days=15)
        actions.withdraw_request(login_id=own(ANA), ref=ref, now=day(2))
        assert actions.erase_due(now=day(3)) == 0
        assert who_is.name_of(ana) == ANA.name
        with pytest.raises(NotToWithdraw):
            actions.withdraw_request(login_id=own(ANA), ref=ref, now=day(3))


class TestWaiting:
    def test_for_the_membership_the_claim_and_those_who_are_paid_for(self) -> None:
        story = begun().drafts().opens()
        ana = story.membership.person
        today = day(121).date()
        assert {Wait.MEMBERSHIP, Wait.CLAIM} <= set(waits_for(ana, today))
        ref = asks_to_be_erased(ANA, now=day(121))
        assert actions.erase_due(now=day(121)) == 0
        withdrawn_and_left(story)
        assert waits_for(ana, today) == (Wait.MEMBERSHIP,)  # The last day counts.
        assert waits_for(ana, day(122).date()) == ()
        assert actions.erase_due(now=day(122)) == 1
        assert DataRequest.objects.get(ref=ref).state == "DONE"

    def test_for_those_for_whom_one_pays(self) -> None:
        society.running()
        society.joined(WEN)
        mei = society.joined(MEI, by=WEN, relation="parent")
        wen = society.verified(WEN)
        assert Wait.HOUSEHOLD in waits_for(wen, day(1).date())
        members.leave(login_id=own(WEN), membership_ref=mei.ref, now=day(0))
        assert Wait.HOUSEHOLD not in waits_for(wen, day(1).date())

    def test_for_a_running_audit_and_no_longer(self) -> None:
        ana = society.verified(ANA)
        asks_to_be_erased(ANA, now=day(1))
        actions.set_hold(
            login_id=own(AUDITOR),
            person_ref=ana.ref,
            reason="audit",
            until_on=day(9).date(),
            now=day(1),
        )
        assert actions.erase_due(now=day(8)) == 0
        assert actions.erase_due(now=day(9)) == 1

    def test_a_hold_that_is_lifted_holds_nothing(self) -> None:
        ana = society.verified(ANA)
        held = {"person_ref": ana.ref, "reason": "audit"}
        for _ in range(2):
            actions.set_hold(login_id=own(SUPERVISOR), until_on=day(9).date(), now=day(1), **held)
            assert waits_for(ana, day(2).date()) == (Wait.AUDIT,)
            with pytest.raises(HoldWrong):
                actions.set_hold(
                    login_id=own(SUPERVISOR), until_on=day(10).date(), now=day(1), **held
                )
            actions.lift_hold(login_id=own(SUPERVISOR), now=day(2), **held)
            assert waits_for(ana, day(2).date()) == ()
        with pytest.raises(NoSuchHold):
            actions.lift_hold(login_id=own(SUPERVISOR), now=day(2), **held)

    def test_an_auditor_holds_for_an_audit_alone(self) -> None:
        ana = society.verified(ANA)
        with pytest.raises(NotAllowed):
            actions.set_hold(
                login_id=own(AUDITOR),
                person_ref=ana.ref,
                reason="fraud",
                until_on=day(9).date(),
                now=day(1),
            )
        for reason, until in (("grudge", 9), ("audit", 1)):
            with pytest.raises(HoldWrong):
                actions.set_hold(
                    login_id=own(SUPERVISOR),
                    person_ref=ana.ref,
                    reason=reason,
                    until_on=day(until).date(),
                    now=day(1),
                )

    def test_for_whoever_works_here(self) -> None:
        society.signed_in(society.HAO)
        hao = Person.objects.get(logins__name="hao")
        assert waits_for(hao, day(1).date()) == (Wait.STAFF,)


class TestErasing:
    @pytest.fixture
    def story(self) -> Story:
        """Ana's claim with documents and everything that was said of it, declined by nobody."""
        story = begun().drafts().opens().sends_all()
        sequence(now=day(120))
        withdrawn_and_left(story)
        return story

    def erased(self, story: Story) -> Person:
        asks_to_be_erased(ANA, now=day(122))
        assert actions.erase_due(now=day(122)) == 1
        person = story.membership.person
        person.refresh_from_db()
        return person

    def test_nothing_that_was_sealed_opens_and_the_files_are_gone(self, story: Story) -> None:
        places = [(row.original_key, row.viewing_key) for row in Evidence.objects.all()]
        person = self.erased(story)
        evidence = Evidence.objects.earliest("id")
        for read in (lambda: stated_of(story.claim), lambda: original(evidence)):
            with pytest.raises(KeyDestroyed):
                read()
        assert not any(files.provider().exists(key) for pair in places for key in pair)
        assert who_is.name_of(person) == "○○○"
        assert claims.check_documents() == []

    def test_every_field_becomes_what_the_register_says(self, story: Story) -> None:
        person = self.erased(story)
        seen = 0
        for table in REGISTER:
            model = apps.get_model(table.model)
            rows = _rows_of(model, table.of, person)
            for item in table.items:
                for name in item.fields:
                    values = [getattr(row, name) for row in rows]
                    seen += len(values)
                    _is_as_told(f"{table.model}.{name}", item.erased, form_of(item, name), values)
        assert seen > 60

    def test_no_table_whose_rows_should_change_is_forgotten(self) -> None:
        """A table that came into being since, and of which the register promises something."""
        changed = (AtErasure.KEY, AtErasure.EMPTIED, AtErasure.COARSENED, AtErasure.DELETED)
        promised = {
            table.model.rpartition(".")[2]
            for table in REGISTER
            if table.of and any(item.erased in changed for item in table.items)
        }
        gone_with_its_upload = {"UploadPiece"}
        assert promised - gone_with_its_upload - set(vars(erasing)) == set()

    def test_no_browser_of_theirs_is_known_any_more_nor_one_that_waits_for_a_code(
        self, story: Story
    ) -> None:
        signed_in, waiting, of_fei = Client(), Client(), Client()
        signed_in.force_login(society.signed_in(ANA))
        waiting.post(reverse("account_request_login_code"), {"phone": ANA.phone})
        of_fei.force_login(society.signed_in(FEI))
        assert Session.objects.filter(login=own(ANA)).count() == 2
        self.erased(story)
        assert Session.objects.get().login_id == own(FEI)

    def test_all_checks_hold(self, story: Story) -> None:
        self.erased(story)
        assert [check for check in sql_checks() if check.findings] == []

    def test_the_phone_and_the_document_are_free_a_returner_is_somebody_new(
        self, story: Story
    ) -> None:
        gone = self.erased(story)
        assert not PersonIndex.objects.filter(person=gone).exists()
        assert not Login.objects.filter(person=gone, is_active=True).exists()
        again = society.joined(ANA, now=day(130))
        assert again.person_id != gone.id
        assert again.covered_from > day(130 + 89).date()
        assert who_is.name_of(again.person) == ANA.name

    def test_begun_and_killed_it_is_finished_by_the_next_run(
        self, story: Story, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asks_to_be_erased(ANA, now=day(122))
        monkeypatch.setattr(erasing, "_destroy", killed)
        with pytest.raises(KeyboardInterrupt):
            actions.erase_due(now=day(122))
        monkeypatch.undo()
        assert DataRequest.objects.get().state == "ERASING"
        assert actions.erase_due(now=day(123)) == 1
        with pytest.raises(KeyDestroyed):
            stated_of(story.claim)

    def test_the_membership_and_its_leaves_stay_for_whoever_checks(self, story: Story) -> None:
        before = Membership.objects.values("joined_on", "ends_on", "join_leaf", "end_leaf").get(
            id=story.membership.id
        )
        self.erased(story)
        after = Membership.objects.values(*before).get(id=story.membership.id)
        assert before == after


class TestTheMarkThatStays:
    def held(self, reason: str) -> Person:
        ana = society.verified(ANA)
        RetentionHold.objects.create(
            person=ana,
            reason=reason,
            until_on=date(2028, 1, 1),
            set_by_id=own(society.HAO),
            set_at=day(0),
        )
        asks_to_be_erased(ANA, now=day(1))
        assert actions.erase_due(now=day(1)) == 1
        return ana

    @pytest.mark.parametrize("reason", ["fraud", "legal"])
    def test_keeps_the_document_from_being_verified_until_its_last_day(self, reason: str) -> None:
        gone = self.held(reason)
        mark = PersonIndex.objects.get(person=gone)
        assert (mark.purpose, mark.kept_until) == (reason, date(2028, 1, 1))
        ref = society.asked(ANA, now=day(2))
        assert answer_verification(ref=ref, now=day(2)) == Outcome.ERASED
        assert actions.forget_marks(now=day(3)) == 0
        later = at(date(2028, 1, 1))
        assert actions.forget_marks(now=later) == 1
        assert society.verified(ANA, now=later).id != gone.id

    def test_one_that_nobody_deleted_in_time_keeps_nobody_out(self) -> None:
        gone = self.held("fraud")
        assert society.verified(ANA, now=at(date(2028, 1, 1))).id != gone.id

    def test_who_was_aided_is_recognised_for_five_years(self) -> None:
        story = begun().drafts().opens()
        Claim.objects.filter(ref=story.ref).update(paid_at=day(130))
        mark = mark_of(story.membership.person, day(131).date())
        assert mark is not None
        assert (mark.reason, mark.until) == ("aided", date(2031, 7, 10))


@pytest.mark.django_db(transaction=True)
def test_the_database_restored_from_before_the_erasure_is_unreadable(tmp_path: Path) -> None:
    story = begun().drafts().opens().sends_all()
    feis = Membership.objects.get(person=society.verified(FEI))
    sequence(now=day(121))
    backups, keys = tmp_path / "backups", tmp_path / "keys"
    made = backup.back_up(to=backups, keys=keys, url=url_here(), now=day(121))
    withdrawn_and_left(story)
    asks_to_be_erased(ANA, now=day(122))
    assert actions.erase_due(now=day(122)) == 1
    backup.back_up_keys(to=keys, now=day(123))
    with new_place(tmp_path / "again") as place:
        place.told("restore", str(made), "--keys", str(keys))
        told = place.python(WHAT_IS_READABLE, story.membership.ref, feis.ref).split()
        assert told == ["key_destroyed"] * 5 + ["True", "True"]


WHAT_IS_READABLE = """
from sameboat.claims.documents import original, viewing
from sameboat.claims.models import Claim
from sameboat.claims.stated import stated_of
from sameboat.identity.queries import document_of, name_of
from sameboat.members.models import Membership
from sameboat.runtime.refusals import Refusal
for ref in sys.argv[1:]:
    found = Membership.objects.select_related("person").get(ref=ref)
    reads = [lambda: name_of(found.person), lambda: document_of(found.person)]
    for claim in Claim.objects.filter(membership=found):
        row = claim.evidence.earliest("id")
        reads += [lambda: stated_of(claim), lambda: original(row), lambda: viewing(row)]
    for read in reads:
        try:
            print(bool(read()))
        except Refusal as refusal:
            print(refusal.code)
"""


def _rows_of(model: type[models.Model], of: tuple[str, ...], person: Person) -> list[models.Model]:
    """The rows that are about the person; by the way that the register gives."""
    asked = Q()
    for path in of:
        asked |= Q(id=person.id) if path == "self" else Q(**{path: person})
    return list(model._default_manager.filter(asked)) if of else []


def _is_as_told(where: str, erased: AtErasure, form: Form, values: list[object]) -> None:
    """The values of an erased person's field are what the register says of it."""
    empty = (None, "", b"", False)
    plain = [bytes(one) if isinstance(one, memoryview) else one for one in values]
    if erased in (AtErasure.KEY, AtErasure.EMPTIED):
        assert all(one in empty for one in plain), where
    elif erased in (AtErasure.DELETED, AtErasure.MARKED):
        assert not plain, where
    elif erased is AtErasure.COARSENED:
        assert all(isinstance(one, date) and (one.month, one.day) == (1, 1) for one in plain), where
    else:
        assert form is not Form.SEALED or not plain, f"{where} is sealed and stays"
