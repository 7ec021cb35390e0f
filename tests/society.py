"""The people of the whole test suite. Each has a meaning, and lives only through the real actions.

    Ana   always pays, tells the truth, is the one who falls ill.
    Fei   a member like any other; should never see Ana's evidence. Objects.
    Hao   handles claims: staff, proposes.
    Lin   seconds: staff, decides with Hao, never alone.
    Rui   a supervisor beside Lin, where two must have seen a paper.
    Wen   pays for a household: her child Bao (8) and her mother Mei.

`signed_in` gives the person a login, `verified` makes them a person, `joined` a member.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sameboat.gateways.identity_check import Outcome, sandbox
from sameboat.identity import actions as identity
from sameboat.identity import queries as who_is
from sameboat.identity.models import Login, Person
from sameboat.identity.persons import PersonFacts, find_person
from sameboat.identity.roles import Role
from sameboat.members import actions as members
from sameboat.members.actions.living import Shown
from sameboat.members.models import Membership
from sameboat.plans import actions as plans
from sameboat.plans import queries as plan_queries
from sameboat.record import actions as record
from sameboat.rules.calendar import day_of
from sameboat.rules.documents import DocumentKind, DocumentNumber, Sex, read_number
from sameboat.rules.terms import Plan

PLAN = "demo-xiang-hu-bao"
START = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""Noon of Monday, 2 March 2026 in Shanghai."""
STAFF_PASSWORD = "correct horse battery"
TOTP_SECRET = "JBSWY3DPEHPK3PXP"


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """One person of the suite, by what is on the document and how they sign in."""

    name: str
    born_on: date
    sex: Sex
    phone: str = ""
    staff_name: str = ""
    roles: tuple[Role, ...] = ()
    outcome: Outcome = Outcome.MATCH
    """What the sandbox says of their document."""
    serial: int = 0

    @property
    def number(self) -> str:
        """The number of the resident ID."""
        return sandbox.number_for(
            self.outcome, born_on=self.born_on, sex=self.sex, serial=self.serial
        )

    @property
    def facts(self) -> PersonFacts:
        """What is known once the document is verified."""
        number = read_number(DocumentKind.RESIDENT_ID, self.number)
        assert isinstance(number, DocumentNumber)
        return PersonFacts(name=self.name, number=number, born_on=self.born_on, sex=self.sex)


ANA = Somebody(name="安娜娜", born_on=date(1988, 5, 4), sex="f", phone="+8613800000001")
FEI = Somebody(name="费晓飞", born_on=date(1979, 11, 30), sex="m", phone="+8613800000002")
HAO = Somebody(
    name="郝大好",
    born_on=date(1985, 2, 14),
    sex="m",
    staff_name="hao",
    roles=(Role.CASE_HANDLER, Role.FINANCE),
)
LIN = Somebody(
    name="林双木",
    born_on=date(1982, 8, 8),
    sex="f",
    staff_name="lin",
    roles=(Role.SECOND_DECIDER, Role.SUPERVISOR),
)
RUI = Somebody(
    name="芮主管",
    born_on=date(1976, 9, 9),
    sex="m",
    staff_name="rui",
    roles=(Role.SUPERVISOR,),
)
WEN = Somebody(name="温如玉", born_on=date(1990, 1, 20), sex="f", phone="+8613800000005")
BAO = Somebody(name="温小宝", born_on=date(2018, 5, 4), sex="m", outcome=Outcome.MINOR)
MEI = Somebody(name="梅老太", born_on=date(1968, 3, 3), sex="f")


def running(plan_id: str = PLAN, *, changed: Path | None = None, now: datetime = START) -> Plan:
    """The record has begun and the plan, or its rulebook as `changed`, is adopted."""
    record.start_record(now=now)
    plans.adopt(plan_id_or_path=changed or plan_id, now=now)
    return plan_queries.plan(plan_id)


def signed_in(somebody: Somebody, *, now: datetime = START) -> Login:
    """Their login: by phone for members, with name, password and TOTP for staff."""
    if somebody.staff_name:
        made = Login.objects.filter(name=somebody.staff_name).first()
        return made or identity.make_staff(
            name=somebody.staff_name,
            password=STAFF_PASSWORD,
            person=somebody.facts,
            roles=somebody.roles,
            totp_secret=TOTP_SECRET,
            now=now,
        )
    login = identity.open_login(phone=somebody.phone, now=now)
    identity.set_phone(login_id=login.id, phone=somebody.phone, verified=True)
    login.refresh_from_db()
    return login


def asked(
    somebody: Somebody, *, by: Somebody | None = None, relation: str = "self", now: datetime = START
) -> str:
    """Ask that somebody be verified, by themselves or by a relative; the request's reference."""
    return identity.request_verification(
        login_id=signed_in(by or somebody, now=now).id,
        relation=relation,
        document_kind=DocumentKind.RESIDENT_ID,
        document_number=somebody.number,
        name=somebody.name,
        now=now,
    )


def verified(
    somebody: Somebody, *, by: Somebody | None = None, relation: str = "self", now: datetime = START
) -> Person:
    """Their person, verified by the sandbox; once is enough, and the dead sign in no more."""
    known = find_person(somebody.facts.number)
    if known is not None and known.deceased_on is not None:
        return known
    login = signed_in(by or somebody, now=now)
    if by is None and login.person is not None:
        return login.person
    ref = asked(somebody, by=by, relation=relation, now=now)
    outcome = identity.answer_verification(ref=ref, now=now)
    assert outcome == "match", outcome
    state = who_is.verification(login_id=login.id, ref=ref)
    return Person.objects.get(ref=state.person_ref)


def died(person: Person, *, on: date, now: datetime = START) -> None:
    """Two of the staff read the day from the certificate, each by themselves."""
    for staff in (LIN, RUI):
        members.record_death(
            login_id=signed_in(staff).id, person_ref=person.ref, died_on=on, now=now
        )


def lives(person: Person, *, now: datetime = START) -> None:
    """Two of the staff saw that whoever was recorded as dead is not."""
    for staff in (LIN, RUI):
        members.undo_death(
            login_id=signed_in(staff).id,
            person_ref=person.ref,
            shown_by=Shown.IN_PERSON,
            now=now,
        )


def joined(
    somebody: Somebody,
    plan_id: str = PLAN,
    *,
    by: Somebody | None = None,
    relation: str = "self",
    person: Person | None = None,
    tier: str = "",
    now: datetime = START,
) -> Membership:
    """Their membership, with healthy answers; paid for by `by`, or by themselves."""
    person = person or verified(somebody, by=by, relation=relation, now=now)
    plan = plan_queries.plan(plan_id)
    joining = plan_queries.terms_on(plan_id, day_of(now, plan.timezone)).joining
    done = members.join(
        login_id=signed_in(by or somebody, now=now).id,
        person_ref=person.ref,
        plan_id=plan_id,
        answers={question.id: not question.bars_on for question in joining.questions},
        questions_version=joining.questions_version,
        disclosure_version=plan.disclosure_version,
        occupation_class=joining.occupation_classes[0] if joining.occupation_classes else "",
        region=joining.regions[0] if joining.regions else "",
        tier=tier,
        now=now,
    )
    return Membership.objects.get(ref=done.membership_ref)
