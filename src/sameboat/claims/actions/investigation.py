"""Investigation: the insurer sends somebody, who looks and reports. Investigators do not decide."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sameboat.claims.access import claim_to_judge, refuse_party
from sameboat.claims.children import refuse_without_childrens_role
from sameboat.claims.consents import refuse_without_consent
from sameboat.claims.life import check_possible, step
from sameboat.claims.models import Claim, Investigation
from sameboat.claims.reasons import Finding
from sameboat.claims.stated import LONG_MAX, REPORT_PLACE, choice, text
from sameboat.identity.actions import audit
from sameboat.identity.models import Login
from sameboat.identity.personal import seal_text
from sameboat.identity.queries import roles_of
from sameboat.identity.roles import Role as StaffRole
from sameboat.proof.canonical import JsonObject
from sameboat.rules.claim import Event, Role
from sameboat.runtime.refusals import Refusal


class NoInvestigator(Refusal):
    """The login named is not an investigator's, or belongs to somebody who decides."""

    code = "no_investigator"
    en = "That login is not an investigator's, or its person also decides about claims."
    zh = "该登录不是调查员，或者其本人也参与审核决定。"


class NotAssigned(Refusal):
    """Another investigator was assigned to the claim, or none."""

    code = "not_assigned"
    en = "You are not the investigator assigned to this claim."
    zh = "您不是该申请所指派的调查员。"


@transaction.atomic
def assign_investigator(
    *, login_id: int, claim_ref: str, investigator_id: int, now: datetime
) -> None:
    """Send an investigator; again for another one. `investigator_id` is a staff login."""
    claim = claim_to_judge(login_id, claim_ref, StaffRole.INSURER, now=now)
    refuse_without_consent(claim, from_outside=True)
    _refuse_decider(investigator_id, claim)
    refuse_without_childrens_role(investigator_id, claim, now=now)
    body = {"assignment": claim.investigations.count() + 1}
    step(claim, Event.ASSIGN, roles=[Role.INSURER], body=body, now=now)
    Investigation.objects.create(
        claim=claim, investigator_id=investigator_id, assigned_by_id=login_id, assigned_at=now
    )
    audit(login_id=login_id, verb="claim.assign", subject=claim.ref, now=now)


@transaction.atomic
def report_investigation(
    *, login_id: int, claim_ref: str, finding: str, report: str, now: datetime
) -> None:
    """What the investigator found (`reasons.Finding`), and the report in words, which is sealed."""
    claim = claim_to_judge(login_id, claim_ref, StaffRole.INVESTIGATOR, now=now)
    choice(finding, tuple(Finding), field="finding")
    words = text(report, field="report", longest=LONG_MAX)
    check_possible(claim, Event.REPORT)
    assignment = claim.investigations.latest("id")
    if assignment.investigator_id != login_id:
        raise NotAssigned()
    body: JsonObject = {"assignment": claim.investigations.count(), "finding": finding}
    step(claim, Event.REPORT, roles=[Role.INVESTIGATOR], body=body, now=now)
    Investigation.objects.filter(id=assignment.id).update(
        finding=finding,
        sealed_report=seal_text("claim", claim.ref, REPORT_PLACE, words),
        reported_at=now,
    )
    audit(login_id=login_id, verb="claim.report", subject=claim.ref, now=now)


def _refuse_decider(login_id: int, claim: Claim) -> None:
    login = Login.objects.filter(id=login_id).first()
    held = roles_of(login_id)
    if login is None or login.person_id is None or StaffRole.INVESTIGATOR not in held:
        raise NoInvestigator()
    persons_roles = {
        role for each in Login.objects.filter(person=login.person) for role in roles_of(each.id)
    }
    if persons_roles & {StaffRole.CASE_HANDLER, StaffRole.SECOND_DECIDER}:
        raise NoInvestigator()
    refuse_party(login_id, claim)
