"""The consents that a person may give and take back, each with what taking it back does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sameboat.claims.consents import HEALTH_DATA, PUBLICATION, SHARING_INSURER, VERSIONS
from sameboat.claims.life import terms_of
from sameboat.claims.models import Claim
from sameboat.identity.actions.consents import CREDIT_SCORE
from sameboat.identity.models import Consent, Person
from sameboat.members.actions.consenting import BEING_PAID_FOR
from sameboat.members.models import Membership
from sameboat.rules.claim import State
from sameboat.rules.needs import needs_investigation
from sameboat.rules.terms import Text

TERMS = "terms"
DISCLOSURE = "disclosure"
UNDECIDED = (
    State.SEALED,
    State.INVESTIGATION,
    State.REPORTED,
    State.PROPOSED,
    State.PUBLISHED,
    State.BOARD,
)
"""Handed in and not accepted yet: such a claim cannot go on without its consents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """One thing to agree to, apart from all others."""

    name: Text
    what: Text
    """What is agreed to."""
    taken_back: Text
    """What happens when it is taken back."""
    version: str = ""
    """The present words, by which it can be given here; empty where joining gives it."""


PURPOSES: dict[str, Purpose] = {
    TERMS: Purpose(
        name=Text(zh="计划条款和告知书", en="Terms and disclosure"),
        what=Text(
            zh="您阅读并同意的条款版本和告知书，是参加计划的依据。",
            en="The version of the terms and the disclosure that you read, by which you belong.",
        ),
        taken_back=Text(
            zh="退出所有计划：今天是最后一天。已参与的分摊期仍需分摊。",
            en="You leave every plan: today is the last day. Periods already locked are still"
            " shared.",
        ),
    ),
    HEALTH_DATA: Purpose(
        name=Text(zh="健康信息", en="Health data"),
        what=Text(
            zh="审核您申请的工作人员可以阅读健康告知和材料。",
            en="The staff who judge a claim of yours may read your declaration and documents.",
        ),
        taken_back=Text(
            zh="未决定的申请随即撤回；工作人员不能再打开任何申请和材料。成员资格不变，"
            "但再次同意之前不能提交申请。",
            en="Claims that are not decided are withdrawn; no member of staff can open a claim or"
            " document any more. You stay a member, but no claim can be handed in before you"
            " agree again.",
        ),
        version=VERSIONS[HEALTH_DATA],
    ),
    SHARING_INSURER: Purpose(
        name=Text(zh="向保险机构提供", en="Sharing with the insurer"),
        what=Text(
            zh="保险机构可以查看您的申请并指派调查员。",
            en="The insurer may see a claim of yours and send an investigator.",
        ),
        taken_back=Text(
            zh="保险机构和调查员不能再查看。条款要求外部调查的未决申请随即撤回。",
            en="Neither the insurer nor its investigator sees anything any more. Undecided claims"
            " whose terms ask for an outside look are withdrawn.",
        ),
        version=VERSIONS[SHARING_INSURER],
    ),
    PUBLICATION: Purpose(
        name=Text(zh="公示案例", en="Publication of the case"),
        what=Text(
            zh="公示期内同计划成员可以看到：姓氏加○○、性别、五岁年龄段、省份、病种、轻重、金额、"
            "加入时长。",
            en="In publicity members of the plan see: surname with ○○, sex, five-year age band,"
            " province, illness, severity, aid, time since joining.",
        ),
        taken_back=Text(
            zh="未决定的申请随即撤回，因为成员只分摊公示过的案例。已获互助的案例只保留金额，"
            "其余不再显示。",
            en="Claims that are not decided are withdrawn, because members pay only for what they"
            " were shown. Of cases already helped the amount alone stays visible.",
        ),
        version=VERSIONS[PUBLICATION],
    ),
    CREDIT_SCORE: Purpose(
        name=Text(zh="信用分", en="Credit score"),
        what=Text(
            zh="可以向信用分机构查询您的分档。任何人都不会仅因信用分被拒绝或延误。",
            en="The score provider may be asked for your band. Nobody is declined or delayed by a"
            " score alone.",
        ),
        taken_back=Text(
            zh="分档和由它产生的标记随即删除，不影响成员资格。",
            en="The band and every mark that came of it are deleted. It changes nothing about your"
            " membership.",
        ),
        version="1",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One purpose, and whether the person agrees to it now."""

    code: str
    purpose: Purpose
    versions: tuple[str, ...]
    """The versions that stand; empty where nothing does."""
    given_at: datetime | None
    revoked_at: datetime | None
    """When it was last taken back, where nothing stands."""


def standing_of(person: Person) -> list[Standing]:
    """Every purpose with what the person said to it."""
    rows = list(Consent.objects.filter(person=person).order_by("id"))
    return [
        _standing(code, [row for row in rows if row.purpose in _rows_of(code)]) for code in PURPOSES
    ]


def _rows_of(code: str) -> tuple[str, ...]:
    """The purposes of rows that are one consent on the page."""
    return (TERMS, DISCLOSURE, BEING_PAID_FOR) if code == TERMS else (code,)


def _standing(code: str, rows: list[Consent]) -> Standing:
    given = [row for row in rows if row.revoked_at is None]
    taken_back = [row.revoked_at for row in rows if row.revoked_at is not None]
    return Standing(
        code=code,
        purpose=PURPOSES[code],
        versions=tuple(row.version for row in given),
        given_at=given[-1].given_at if given else None,
        revoked_at=max(taken_back) if taken_back and not given else None,
    )


def claims_to_withdraw(person: Person, code: str) -> list[Claim]:
    """The claims that cannot go on once this consent is taken back."""
    if code not in (HEALTH_DATA, SHARING_INSURER, PUBLICATION):
        return []
    own = Claim.objects.filter(membership__person=person).order_by("id")
    undecided = list(own.filter(state__in=[state.name for state in UNDECIDED]))
    if code != SHARING_INSURER:
        return undecided
    return [
        claim for claim in undecided if needs_investigation(terms_of(claim).claims, State.SEALED)
    ]


def memberships_to_leave(person: Person, code: str) -> list[Membership]:
    """The memberships that end with this consent."""
    return list(person.memberships.filter(ends_on=None).order_by("id")) if code == TERMS else []
