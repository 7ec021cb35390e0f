"""Members who claim and are believed: each claim goes through the product's own verbs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sameboat.claims import actions as claims
from sameboat.claims.checking import rows_possible
from sameboat.claims.consents import NEEDED, VERSIONS
from sameboat.claims.models import Claim
from sameboat.identity import actions as identity
from sameboat.identity.actions import give_consent, make_staff
from sameboat.identity.models import Person
from sameboat.identity.persons import PersonFacts
from sameboat.identity.roles import Role
from sameboat.members.actions import join
from sameboat.plans.queries import in_force, plan
from sameboat.rules.calendar import day_of, start_of
from sameboat.rules.documents import DocumentKind, DocumentNumber, read_number
from sameboat.rules.terms import Plan
from sameboat.simulation.pictures import paper
from sameboat.simulation.society import Human, families, staff

PASSWORD = "only for the length of a bench"  # noqa: S105 - the installation is thrown away
BRAIN_INJURY = "18"


@dataclass(frozen=True, slots=True)
class _Office:
    """The logins of those who assess."""

    handler: int
    second: int
    insurer: int
    investigator: int


def claims_proposed(*, plan_id: str, count: int, since: date, until: date, seed: int) -> list[int]:
    """Claims after accidents, filed from `since` on and proposed before `until`; their ids."""
    rulebook = plan(plan_id)
    joined_at = start_of(since, rulebook.timezone) + timedelta(hours=10)
    office = _office(seed, joined_at)
    found = families(seed=seed, people=count * 10, today=since)[:count]
    refs = []
    for family in found:
        login_id, person = _member(family.payer, family.phone, rulebook, joined_at)
        filed_at = joined_at + timedelta(days=2)
        refs.append(_filed(family.payer, family.phone, login_id, person, rulebook, filed_at))
    decided_at = start_of(until, rulebook.timezone) - timedelta(hours=10)
    return [_decided(ref, office, decided_at) for ref in refs]


def facts_of(human: Human) -> PersonFacts:
    """What the identity gateway would say of somebody."""
    number = read_number(DocumentKind.RESIDENT_ID, human.number)
    assert isinstance(number, DocumentNumber)
    return PersonFacts(
        name=human.name.hanzi,
        number=number,
        born_on=human.born_on,
        sex=human.sex,
        occupation_class=human.occupation_class,
    )


def _office(seed: int, now: datetime) -> _Office:
    roles = (Role.CASE_HANDLER, Role.SECOND_DECIDER, Role.INSURER, Role.INVESTIGATOR)
    people = staff(seed=seed, count=len(roles), today=now.date())
    logins = [
        make_staff(
            name=role.value,
            password=PASSWORD,
            person=facts_of(human),
            roles=(role,),
            now=now,
        )
        for role, human in zip(roles, people, strict=True)
    ]
    return _Office(*(login.id for login in logins))


def _member(human: Human, phone: str, rulebook: Plan, now: datetime) -> tuple[int, Person]:
    login = identity.open_login(phone=phone, now=now)
    identity.set_phone(login_id=login.id, phone=phone, verified=True)
    ref = identity.request_verification(
        login_id=login.id,
        relation="self",
        document_kind=DocumentKind.RESIDENT_ID,
        document_number=human.number,
        name=human.name.hanzi,
        now=now,
    )
    outcome = identity.answer_verification(ref=ref, now=now)
    assert outcome == "match"
    login.refresh_from_db()
    assert login.person is not None
    joining = in_force(rulebook, day_of(now, rulebook.timezone)).joining
    join(
        login_id=login.id,
        person_ref=login.person.ref,
        plan_id=rulebook.id,
        answers={question.id: not question.bars_on for question in joining.questions},
        questions_version=joining.questions_version,
        disclosure_version=rulebook.disclosure_version,
        occupation_class=human.occupation_class,
        region="",
        now=now,
    )
    return login.id, login.person


def _filed(
    human: Human, phone: str, login_id: int, person: Person, rulebook: Plan, now: datetime
) -> str:
    for purpose in NEEDED:
        give_consent(
            login_id=login_id,
            person_id=person.id,
            purpose=purpose,
            version=VERSIONS[purpose],
            now=now,
        )
    diagnosed_on = day_of(now, rulebook.timezone) - timedelta(days=1)
    membership = person.memberships.get(plan=rulebook.id)
    ref = claims.draft_claim(
        login_id=login_id,
        membership_ref=membership.ref,
        illness=BRAIN_INJURY,
        severity="severe",
        accident=True,
        diagnosed_on=diagnosed_on,
        hospital="第一人民医院",
        statement="交通事故",
        payee_name=human.name.hanzi,
        payee_phone=phone,
        now=now,
    )
    claims.open_claim(login_id=login_id, claim_ref=ref, now=now)
    for kind in in_force(rulebook, diagnosed_on).claims.evidence_required:
        claims.add_evidence(
            login_id=login_id,
            claim_ref=ref,
            kind=kind,
            content=paper(kind, human, {"日期": diagnosed_on.isoformat()}),
            filename=f"{kind}.jpg",
            device_hash=None,
            now=now,
        )
    claims.seal_claim(login_id=login_id, claim_ref=ref, now=now)
    return ref


def _decided(ref: str, office: _Office, now: datetime) -> int:
    claims.assign_investigator(
        login_id=office.insurer, claim_ref=ref, investigator_id=office.investigator, now=now
    )
    claims.report_investigation(
        login_id=office.investigator,
        claim_ref=ref,
        finding="confirmed",
        report="已走访医院",
        now=now,
    )
    claim = Claim.objects.get(ref=ref)
    rows = rows_possible(claim)
    decision = claims.propose_aid(
        login_id=office.handler, claim_ref=ref, benefit_row=rows[0].id, reason="属实", now=now
    )
    claims.confirm_decision(login_id=office.second, decision_id=decision, now=now)
    return claim.id
