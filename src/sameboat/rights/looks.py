"""Who looked at what of a person: the audit trail as the person it is about may read it.

Staff are named by what they are here for, not by their names: the trail with names is for
supervisors and auditors, to whom a member can turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sameboat.claims.models import Claim, Evidence
from sameboat.identity.models import AuditRow, Person
from sameboat.identity.roles import Role
from sameboat.rules.terms import Text

SHOWN_MAX = 200
HEALTH = frozenset({"claim.view", "claim.view_evidence"})
"""Verbs that read what is said about health."""
VERBS: dict[str, Text] = {
    "claim.view": Text(zh="查看了申请", en="looked at the claim"),
    "claim.view_evidence": Text(zh="查看了材料", en="looked at a document"),
    "claim.ask_evidence": Text(zh="要求补充材料", en="asked for documents"),
    "claim.assign": Text(zh="指派了调查员", en="sent an investigator"),
    "claim.report": Text(zh="提交了调查报告", en="reported an investigation"),
    "claim.propose": Text(zh="提出了互助决定", en="proposed the aid"),
    "claim.decline": Text(zh="提出了不予通过", en="proposed to decline"),
    "claim.recall": Text(zh="提出撤回决定", en="proposed to take the decision back"),
    "claim.reopen": Text(zh="提出重新审核", en="proposed to open it again"),
    "claim.dismiss": Text(zh="提出驳回异议", en="proposed to dismiss an objection"),
    "claim.uphold": Text(zh="提出支持异议", en="proposed to uphold an objection"),
    "claim.drop": Text(zh="没有同意该决定", en="did not agree to a decision"),
    "claim.release": Text(zh="恢复了申请", en="put the claim back"),
    "member.search": Text(zh="查找了成员", en="searched for the member"),
    "person.died.undone": Text(zh="更正了误登记的身故", en="undid a death recorded by mistake"),
    "person.died": Text(zh="登记了身故", en="recorded a death"),
    "data.answer": Text(zh="答复了您的信息请求", en="answered what you asked about your data"),
    "data.confirm": Text(zh="复核了该答复", en="looked at that answer a second time"),
    "data.hold": Text(zh="因审计、欺诈或法律设置了保留", en="set a hold: audit, fraud or law"),
    "data.lift_hold": Text(zh="解除了保留", en="lifted a hold"),
    "document.match": Text(zh="核对了新证件", en="compared a new document"),
    "document.not_accepted": Text(zh="核对了新证件", en="compared a new document"),
}
CONFIRMED = Text(zh="确认了该决定", en="confirmed a decision")
ELSE = Text(zh="处理了您的信息", en="worked on your data")
ROLES: dict[Role, Text] = {
    Role.CASE_HANDLER: Text(zh="案件处理员", en="case handler"),
    Role.SECOND_DECIDER: Text(zh="复核员", en="second decider"),
    Role.SUPERVISOR: Text(zh="主管", en="supervisor"),
    Role.INSURER: Text(zh="保险机构", en="insurer"),
    Role.INVESTIGATOR: Text(zh="调查员", en="investigator"),
    Role.FINANCE: Text(zh="财务", en="finance"),
    Role.PLAN_DESIGNER: Text(zh="计划设计", en="plan designer"),
    Role.AUDITOR: Text(zh="审计员", en="auditor"),
    Role.CHILDREN: Text(zh="儿童信息", en="children's data"),
    Role.INTEGRATOR: Text(zh="集成方", en="integrator"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One time that somebody of the staff looked at something of the person, or worked on it."""

    at: datetime
    roles: tuple[Text, ...]
    """What the member of staff is here for; empty of one who has left."""
    verb: Text
    subject: str
    """The reference of the claim or document; of the person, empty."""
    of_health: bool


def looks_at(person: Person) -> list[Look]:
    """Everything that staff looked at or did about the person, the newest first."""
    claims = Claim.objects.filter(membership__person=person)
    documents = Evidence.objects.filter(claim__in=claims)
    subjects = {person.ref, *claims.values_list("ref", flat=True)}
    subjects |= set(documents.values_list("ref", flat=True))
    rows = AuditRow.objects.filter(subject__in=subjects).select_related("login")
    found = rows.prefetch_related("login__roles").order_by("-id")[:SHOWN_MAX]
    return [_look(row, person.ref) for row in found]


def _look(row: AuditRow, person_ref: str) -> Look:
    confirmed = row.verb.startswith("claim.confirm_")
    return Look(
        at=row.at,
        roles=tuple(ROLES[Role(each.role)] for each in row.login.roles.all()),
        verb=CONFIRMED if confirmed else VERBS.get(row.verb, ELSE),
        subject="" if row.subject == person_ref else row.subject,
        of_health=row.verb in HEALTH,
    )
