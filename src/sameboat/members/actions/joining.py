"""Joining a plan: whoever is eligible becomes a member at once, with nothing to pay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib import resources

from django.db import connection, transaction

from sameboat.identity.actions.verification import NotYourPerson
from sameboat.identity.personal import open_text, seal_text
from sameboat.identity.persons import ADULT_YEARS, NUMBER_PLACE
from sameboat.members.actions.returning import NoWayBack, bring_back, find_way_back
from sameboat.members.holding import hold
from sameboat.members.models import BEGAN, Membership
from sameboat.members.promises import agreed, join_leaf, join_salt, join_ticket
from sameboat.plans import queries as plans
from sameboat.proof.leaves import who
from sameboat.rules.calendar import age_on, age_out_on, covered_from, day_of
from sameboat.rules.documents import DocumentKind
from sameboat.rules.eligibility import (
    Applicant,
    Criterion,
    is_refused,
    reasons_against_joining,
)
from sameboat.rules.membership import joins_on
from sameboat.rules.terms import Plan, PlanTerms
from sameboat.runtime.ids import reference
from sameboat.runtime.prepared import prepared
from sameboat.runtime.refusals import Language, Refusal

ANSWERS_PLACE = "members_healthdeclaration.sealed_answers"
_SQL = resources.files("sameboat.members").joinpath("sql")
_READ = _SQL.joinpath("join_read.sql").read_text()
_WRITE = _SQL.joinpath("join_write.sql").read_text()
_COLUMNS = (
    *("ref", "plan", "version", "person_id", "born_on", "joined_on", "covered_from", "until_on"),
    "tier",
    *("terms_hash", "who", "join_leaf", "review_reasons", "needs_consent"),
)


class NotEligible(Refusal):
    """The terms do not let this person join; every reason is told, with the rule it comes from."""

    code = "not_eligible"
    en = "Joining is not possible: {reasons}"
    zh = "暂不能加入：{reasons}"

    def __init__(self, reasons: tuple[Criterion, ...]) -> None:
        self.reasons = reasons
        super().__init__(
            criteria=tuple(reason.code for reason in reasons),
            rules=tuple(f"{reason.rule} = {reason.value}" for reason in reasons),
        )

    def explain(self, language: Language) -> str:
        sentence = self.zh if language == "zh" else self.en
        told = (
            f"{reason.text.zh}（条款 {reason.rule}）"
            if language == "zh"
            else f"{reason.text.en} (rule {reason.rule})"
            for reason in self.reasons
        )
        return sentence.format(reasons=" ".join(told))


class AlreadyMember(Refusal):
    """The person is a member of this plan."""

    code = "already_member"
    en = "This person is a member of {plan} already."
    zh = "此人已是 {plan} 的成员。"


class PlanEnds(Refusal):
    """The end of the plan is announced: nobody joins any more."""

    code = "plan_ends"
    en = "{plan} is coming to its end: nobody can join it any more."
    zh = "{plan} 即将终止，不再接受加入。"


class DisclosureOutdated(Refusal):
    """The disclosure that was accepted is not the present one."""

    code = "disclosure_outdated"
    en = "The disclosure has changed; please read and accept version {version}."
    zh = "告知书已更新，请阅读并同意第 {version} 版。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What somebody is told who has joined."""

    membership_ref: str
    joined_on: date
    covered_from: date
    """First day on which illness is covered."""
    ticket: str
    """The operator's signed promise to record the join."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parties:
    """Who pays and who is to be a member, as `join_read.sql` finds them."""

    payer_id: int
    household_id: int | None
    person_id: int
    ref: str
    document_kind: str
    sealed_document_number: bytes = field(repr=False)
    born_on: date = field(repr=False)
    province: str
    occupation_class: str
    score: int | None
    deceased_on: date | None
    payer_born_on: date = field(repr=False)
    relation: str
    """What the person is to the payer."""
    last_ends_on: date | None
    """When the person's last membership of this plan ended."""
    is_member: bool
    plan_ends: bool
    """The plan's end is announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Declared:
    """What the person, or who acts for them, states at joining."""

    answers: Mapping[str, bool] = field(repr=False)
    questions_version: str
    occupation_class: str
    region: str
    tier: str


def join(
    *,
    login_id: int,
    person_ref: str,
    plan_id: str,
    answers: Mapping[str, bool],
    questions_version: str,
    disclosure_version: str,
    occupation_class: str,
    region: str,
    tier: str = "",
    now: datetime,
) -> Joined:
    """Make the person a member of the plan; the login's own person pays for them.

    Refuses with every reason at once who is not eligible (`NotEligible`), and who is a member
    (`AlreadyMember`). A score alone neither refuses nor delays: it is noted for a human. Who left
    so lately that the terms give the old membership back gets it back, without new questions.
    """
    with _transaction():
        plan = plans.plan(plan_id)
        today = day_of(now, plan.timezone)
        hold(plan_id, today)
        parties = _parties(login_id, person_ref, plan_id)
        if parties.plan_ends:
            raise PlanEnds(plan=plan_id)
        if disclosure_version != plan.disclosure_version:
            raise DisclosureOutdated(version=plan.disclosure_version)
        if parties.is_member:
            raise AlreadyMember(plan=plan_id)
        if back := parties.last_ends_on and _come_back(parties, plan_id, today, now):
            return back
        terms = plans.in_force(plan, today)
        asked = {question.id for question in terms.joining.questions}
        declared = _Declared(
            answers={name: said for name, said in answers.items() if name in asked},
            questions_version=questions_version,
            occupation_class=occupation_class or parties.occupation_class,
            region=region or parties.province,
            tier=tier,
        )
        review = _review(parties, declared, terms, today)
        membership = _membership(parties, plan, terms, today, now)
        membership.tier = tier
        membership.review_reasons = review
        _write(membership, parties, declared, plan, login_id)
    return Joined(
        membership_ref=membership.ref,
        joined_on=membership.joined_on,
        covered_from=membership.covered_from,
        ticket=join_ticket(membership),
    )


def _transaction() -> AbstractContextManager[None]:
    """One transaction; where there is one already, a part of it that needs no savepoint.

    Whatever refuses a join has written nothing that the caller would have to take back alone.
    """
    return nullcontext() if connection.in_atomic_block else transaction.atomic()


def _parties(login_id: int, person_ref: str, plan_id: str) -> _Parties:
    with prepared() as cursor:
        cursor.execute(_READ, {"login_id": login_id, "person_ref": person_ref, "plan": plan_id})
        row = cursor.fetchone()
    if row is None:
        raise NotYourPerson()
    return _Parties(**dict(zip(_Parties.__dataclass_fields__, row, strict=True)))


def _come_back(parties: _Parties, plan_id: str, today: date, now: datetime) -> Joined | None:
    """The old membership again, where the terms give it to somebody who had left."""
    last = (
        Membership.objects.select_related("person")
        .filter(BEGAN, plan=plan_id, person=parties.person_id)
        .latest("id")
    )
    way = find_way_back(last, today)
    if way is None or today > way.until or way.after_arrears:
        return None
    try:
        back = bring_back(last, today, now)
    except NoWayBack:  # Somebody else of the family was faster.
        raise AlreadyMember(plan=plan_id) from None
    return Joined(
        membership_ref=back.membership_ref,
        joined_on=last.joined_on,
        covered_from=last.covered_from,
        ticket=back.ticket,
    )


def _review(parties: _Parties, declared: _Declared, terms: PlanTerms, today: date) -> str:
    """What a human should look at; refuses whoever is not eligible."""
    applicant = Applicant(
        born=parties.born_on,
        deceased=parties.deceased_on is not None,
        occupation_class=declared.occupation_class,
        region=declared.region,
        score=parties.score,
        questions_version=declared.questions_version,
        answers=declared.answers,
        relation=parties.relation,
        payer_born=parties.payer_born_on,
        tier=declared.tier,
    )
    reasons = reasons_against_joining(applicant, terms, today)
    if is_refused(reasons):
        raise NotEligible(reasons)
    return ",".join(reason.code for reason in reasons)


def _membership(
    parties: _Parties, plan: Plan, terms: PlanTerms, today: date, now: datetime
) -> Membership:
    """The membership with its join leaf, not written yet."""
    ref = reference()
    joined_on = joins_on(today, last_ends_on=parties.last_ends_on)
    number = open_text("person", parties.ref, NUMBER_PLACE, parties.sealed_document_number)
    salt = join_salt(person_ref=parties.ref, membership_ref=ref)
    membership = Membership(
        ref=ref,
        plan=plan.id,
        version=terms.version,
        person_id=parties.person_id,
        born_on=parties.born_on,
        joined_on=joined_on,
        joined_at=now,
        covered_from=covered_from(joined_on, terms.waiting, born=parties.born_on),
        until_on=age_out_on(parties.born_on, terms.joining),
        terms_hash=agreed(plan),
        needs_consent=parties.person_id != parties.payer_id
        and age_on(parties.born_on, today) >= ADULT_YEARS,
        who=who(salt, DocumentKind(parties.document_kind), number),
    )
    membership.join_leaf = join_leaf(membership).hash()
    return membership


def _write(
    membership: Membership, parties: _Parties, declared: _Declared, plan: Plan, login_id: int
) -> None:
    """Write everything that a join is, in one statement: it is the busiest request of all."""
    consents = {
        "terms": membership.version,
        "disclosure": plan.disclosure_version,
        "health_data": declared.questions_version,
    }
    columns = {name: getattr(membership, name) for name in _COLUMNS}
    values = columns | {
        "payer_id": parties.payer_id,
        "household_id": parties.household_id,
        "customer_ref": reference(),
        "now": membership.joined_at,
        "login_id": login_id,
        "questions_version": declared.questions_version,
        "sealed_answers": _sealed(declared, parties.ref),
        "purposes": list(consents),
        "consent_versions": [f"{plan.id}:{version}" for version in consents.values()],
    }
    with prepared() as cursor:
        cursor.execute(_WRITE, values)
        if cursor.fetchone() is None:
            # Of equal requests at once the database lets one through.
            raise AlreadyMember(plan=plan.id)


def _sealed(declared: _Declared, person_ref: str) -> bytes:
    """What was declared, sealed under the person's key: a claim is judged by it."""
    text = json.dumps(
        {
            "answers": dict(declared.answers),
            "occupation_class": declared.occupation_class,
            "region": declared.region,
        },
        sort_keys=True,
    )
    return seal_text("person", person_ref, ANSWERS_PLACE, text)
