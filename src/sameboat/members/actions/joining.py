"""Joining a plan: whoever is eligible becomes a member at once, with nothing to pay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, transaction

from sameboat.identity.models import Consent, Login, Person, Relation
from sameboat.identity.personal import seal_text
from sameboat.identity.queries import document_of
from sameboat.members.holding import hold
from sameboat.members.models import HealthDeclaration, Household, Membership
from sameboat.members.promises import agreed, join_leaf, join_salt, join_ticket
from sameboat.plans import queries as plans
from sameboat.proof.leaves import who
from sameboat.rules.calendar import age_out_on, covered_from, day_of
from sameboat.rules.eligibility import (
    Applicant,
    Criterion,
    is_refused,
    needs_human,
    reasons_against_joining,
)
from sameboat.rules.membership import joins_on
from sameboat.rules.terms import Plan, PlanTerms
from sameboat.runtime.ids import reference
from sameboat.runtime.refusals import Language, Refusal

ANSWERS_PLACE = "members_healthdeclaration.sealed_answers"
_ONE_OPEN = "one_open_membership_per_person_and_plan"


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


class NotYourPerson(Refusal):
    """The login is not this person's, nor a relative's who was proved to be one."""

    code = "not_your_person"
    en = "You can join for yourself and for relatives whom you have verified. Verify them first."
    zh = "您只能为本人和已核验的家人加入，请先完成核验。"


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
class _Request:
    """A request to join, with everything that was looked up for it."""

    login_id: int
    payer: Person
    person: Person
    plan: Plan
    terms: PlanTerms
    today: date
    now: datetime
    answers: Mapping[str, bool] = field(repr=False)
    questions_version: str
    occupation_class: str
    region: str


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
    now: datetime,
) -> Joined:
    """Make the person a member of the plan; the login's own person pays for them.

    Refuses with every reason at once who is not eligible (`NotEligible`), and who is a member
    (`AlreadyMember`). A score alone neither refuses nor delays: it is noted for a human.
    """
    try:
        with transaction.atomic():
            plan = plans.plan(plan_id)
            today = day_of(now, plan.timezone)
            hold(plan_id, today)
            payer, person = _parties(login_id, person_ref)
            if disclosure_version != plan.disclosure_version:
                raise DisclosureOutdated(version=plan.disclosure_version)
            request = _Request(
                login_id=login_id,
                payer=payer,
                person=person,
                plan=plan,
                terms=plans.in_force(plan, today),
                today=today,
                now=now,
                answers=answers,
                questions_version=questions_version,
                occupation_class=occupation_class or person.occupation_class,
                region=region or person.province,
            )
            return _join(request)
    except IntegrityError as error:
        # Of equal requests at once the database lets one through.
        if _ONE_OPEN in str(error):
            raise AlreadyMember(plan=plan_id) from None
        raise


def _join(request: _Request) -> Joined:
    reasons = _reasons(request)
    if is_refused(reasons):
        raise NotEligible(reasons)
    review = ",".join(reason.code for reason in reasons) if needs_human(reasons) else ""
    joined_on = joins_on(request.today, last_ends_on=_last_ends_on(request))
    membership = _membership(request, joined_on, review)
    membership.household = _household(request)
    membership.save(force_insert=True)
    _keep_declaration(request, membership)
    _keep_consents(request)
    return Joined(
        membership_ref=membership.ref,
        joined_on=membership.joined_on,
        covered_from=membership.covered_from,
        ticket=join_ticket(membership),
    )


def _parties(login_id: int, person_ref: str) -> tuple[Person, Person]:
    """The payer, who is the login's own person, and the person who is to be a member."""
    login = (
        Login.objects.select_related("person", "person__household")
        .filter(id=login_id, is_active=True, person__erased_at=None)
        .first()
    )
    if login is None or login.person is None:
        raise NotYourPerson()
    if login.person.ref == person_ref:
        return login.person, login.person
    relation = (
        Relation.objects.select_related("relative")
        .filter(person=login.person, relative__ref=person_ref, relative__erased_at=None)
        .first()
    )
    if relation is None:
        raise NotYourPerson()
    return login.person, relation.relative


def _reasons(request: _Request) -> tuple[Criterion, ...]:
    applicant = Applicant(
        born=request.person.born_on,
        deceased=request.person.deceased_on is not None,
        occupation_class=request.occupation_class,
        region=request.region,
        score=request.person.score,
        questions_version=request.questions_version,
        answers=request.answers,
    )
    return reasons_against_joining(applicant, request.terms, request.today)


def _last_ends_on(request: _Request) -> date | None:
    """When the person's last membership of this plan ended; refuses while one is open."""
    ends = list(
        Membership.objects.filter(plan=request.plan.id, person_id=request.person.id).values_list(
            "ends_on", flat=True
        )
    )
    ended = [day for day in ends if day is not None]
    if len(ended) < len(ends):
        raise AlreadyMember(plan=request.plan.id)
    return max(ended, default=None)


def _membership(request: _Request, joined_on: date, review: str) -> Membership:
    ref = reference()
    number = document_of(request.person)
    salt = join_salt(person_ref=request.person.ref, membership_ref=ref)
    membership = Membership(
        ref=ref,
        plan=request.plan.id,
        version=request.terms.version,
        person=request.person,
        born_on=request.person.born_on,
        joined_on=joined_on,
        joined_at=request.now,
        covered_from=covered_from(joined_on, request.terms.waiting),
        until_on=age_out_on(request.person.born_on, request.terms.joining),
        terms_hash=agreed(request.plan),
        who=who(salt, number.kind, number.text),
        review_reasons=review,
    )
    membership.join_leaf = join_leaf(membership).hash()
    return membership


def _household(request: _Request) -> Household:
    """The payer's household, made with the first member: joining is agreeing to be debited."""
    try:
        return request.payer.household
    except Household.DoesNotExist:
        household = Household(payer=request.payer, customer_ref=reference(), mandate_at=request.now)
    # Two first members of one payer at once: the second finds the first one's household.
    Household.objects.bulk_create(
        [household], update_conflicts=True, unique_fields=["payer"], update_fields=["payer"]
    )
    return household


def _keep_declaration(request: _Request, membership: Membership) -> None:
    """Keep what was answered, sealed: a claim is judged by it."""
    asked = [question.id for question in request.terms.joining.questions]
    declared = {
        "answers": {name: request.answers[name] for name in asked},
        "occupation_class": request.occupation_class,
        "region": request.region,
    }
    HealthDeclaration(
        membership=membership,
        questions_version=request.questions_version,
        sealed_answers=seal_text(
            "person", request.person.ref, ANSWERS_PLACE, json.dumps(declared, sort_keys=True)
        ),
        declared_by_id=request.login_id,
        declared_at=request.now,
    ).save(force_insert=True)


def _keep_consents(request: _Request) -> None:
    """To join is to accept terms and disclosure and to let the health answers be used."""
    accepted = {
        "terms": request.terms.version,
        "disclosure": request.plan.disclosure_version,
        "health_data": request.questions_version,
    }
    Consent.objects.bulk_create(
        [
            Consent(
                person_id=request.person.id,
                purpose=purpose,
                version=f"{request.plan.id}:{version}",
                given_at=request.now,
                given_by_id=request.login_id,
            )
            for purpose, version in accepted.items()
        ],
        ignore_conflicts=True,
    )
