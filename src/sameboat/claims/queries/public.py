"""What other members see of a case, and no more: `docs` of privacy list exactly these fields.

There is no public address of a case: whoever reads one is signed in and a member of the plan.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from sameboat.claims.checking import illness_of
from sameboat.claims.consents import PUBLICATION
from sameboat.claims.life import version_of
from sameboat.claims.models import Claim
from sameboat.claims.stated import stated_of
from sameboat.identity.models import Consent
from sameboat.identity.queries import masked_name
from sameboat.members.models import Membership
from sameboat.members.queries import active_in_plan
from sameboat.plans.queries import plan
from sameboat.record.queries import EntryLine, last_entries
from sameboat.rules.calendar import age_on, day_of
from sameboat.rules.claim import State
from sameboat.rules.documents import Sex
from sameboat.rules.money import Fen
from sameboat.rules.terms import Plan, Severity, Text
from sameboat.runtime.refusals import Refusal

AGE_BAND_YEARS = 5
_NOT_SHOWN = Text(zh="本人不再公开", en="No longer shown, at the member's wish")
MONTH_BANDS = (0, 3, 6, 12, 24, 36)
"""First months of the bands in which the time since joining is shown."""


class NoSuchCase(Refusal):
    """No case of that number is shown to this member now."""

    code = "no_such_case"
    en = "No case of that number is being shown to the members of your plan."
    zh = "没有正在向您所在计划公示的该案例。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Whole numbers from `first` to `last`, both included; `last` None is without end."""

    first: int
    last: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where the case stands on the record: what anybody can check."""

    hash: str
    """Leaf hash of its `publicity.open`, in hex."""
    index: int | None
    """Its place in the log; None while it is pending."""
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpedCase:
    """A case without anything that tells who it is: what stays visible after publicity.

    Of who took the consent to publication back, or was erased, nothing but the aid: all but it
    are None, and `illness` says so.
    """

    sex: Sex | None
    age: Band | None
    """In completed years at first diagnosis."""
    illness: Text
    severity: Severity | None
    aid: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicCase:
    """A case during its publicity."""

    ref: str
    name: str
    """The surname with ○○."""
    sex: Sex
    age: Band
    province: str
    """GB/T 2260 code."""
    illness: Text
    severity: Severity
    aid: Fen
    joined_months: Band
    """Whole months from joining to the opening of publicity."""
    mark: Mark
    ends_at: datetime
    """Until when members may object."""
    is_mine: bool
    objected: bool
    """Whether the reader has objected already."""


def public_case(*, login_id: int, ref: str) -> PublicCase:
    """One case in publicity, for a signed-in member of its plan."""
    claim = published_case(login_id, ref)
    reader = active_in_plan(login_id, claim.plan)
    assert reader is not None
    (case,) = _cases([claim], reader, plan(claim.plan))
    return case


def public_cases(
    *, login_id: int, plan_id: str, after: str = "", limit: int | None = None
) -> list[PublicCase]:
    """The cases in publicity in a plan, for a signed-in member of it: all, or `limit` of them.

    `after` is the reference of the last case of the page before, shown still or not any more.
    """
    reader = active_in_plan(login_id, plan_id)
    if reader is None:
        raise NoSuchCase()
    found = _published().filter(plan=plan_id)
    if after:
        found = found.filter(id__gt=Claim.objects.filter(ref=after).values("id"))
    shown = list(found.order_by("id")[:limit])
    return _cases(shown, reader, plan(plan_id))


def helped_cases(*, login_id: int, plan_id: str, claim_ids: Collection[int]) -> list[HelpedCase]:
    """Who was helped by a period, without anything that tells who; for members of the plan.

    Former members too: they shared the cost.
    """
    if not Membership.objects.filter(plan=plan_id, person__logins__id=login_id).exists():
        raise NoSuchCase()
    claims = Claim.objects.filter(plan=plan_id, id__in=claim_ids).order_by("id")
    of, withheld = plan(plan_id), set(_withheld(claims).values_list("id", flat=True))
    return [
        _withheld_case(claim) if claim.id in withheld else _helped(claim, of)
        for claim in claims.select_related("membership__person")
    ]


def _withheld(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Claims of which nothing but the aid is shown any more."""
    of_person = Consent.objects.filter(person=OuterRef("membership__person"), purpose=PUBLICATION)
    taken_back = Exists(of_person.exclude(revoked_at=None)) & ~Exists(
        of_person.filter(revoked_at=None)
    )
    return claims.filter(taken_back | Q(membership__person__erased_at__isnull=False))


def _withheld_case(claim: Claim) -> HelpedCase:
    assert claim.aid is not None
    return HelpedCase(sex=None, age=None, illness=_NOT_SHOWN, severity=None, aid=Fen(claim.aid))


def published_case(login_id: int, ref: str) -> Claim:
    """The claim of a case that this login may see now."""
    claim = _published().filter(ref=ref).first()
    if claim is None or active_in_plan(login_id, claim.plan) is None:
        raise NoSuchCase()
    return claim


def _published() -> QuerySet[Claim]:
    found = Claim.objects.filter(state=State.PUBLISHED.name, held_at=None)
    return found.select_related("membership__person")


def _cases(claims: Sequence[Claim], reader: Membership, of: Plan) -> list[PublicCase]:
    """The cases as `reader` sees them: as many queries for a hundred as for one."""
    marks = last_entries("publicity.open", [bytes.fromhex(claim.ref) for claim in claims])
    doubts = reader.objections.filter(claim__in=claims)
    doubted = set(doubts.values_list("claim_id", flat=True))
    return [
        _case(
            claim,
            of,
            mark=_mark(marks[bytes.fromhex(claim.ref)]),
            is_mine=claim.membership.person_id == reader.person_id,
            objected=claim.id in doubted,
        )
        for claim in claims
    ]


def _case(claim: Claim, of: Plan, *, mark: Mark, is_mine: bool, objected: bool) -> PublicCase:
    assert claim.publicity_opened_at is not None
    assert claim.publicity_ends_at is not None
    helped, person = _helped(claim, of), claim.membership.person
    shown_on = day_of(claim.publicity_opened_at, of.timezone)
    assert helped.sex and helped.age and helped.severity, "shown in publicity, or not at all"
    return PublicCase(
        ref=claim.ref,
        name=masked_name(person),
        sex=helped.sex,
        age=helped.age,
        province=person.province,
        illness=helped.illness,
        severity=helped.severity,
        aid=helped.aid,
        joined_months=_band_of_months(_months(claim.membership.joined_on, shown_on)),
        mark=mark,
        ends_at=claim.publicity_ends_at,
        is_mine=is_mine,
        objected=objected,
    )


def _helped(claim: Claim, of: Plan) -> HelpedCase:
    assert claim.aid is not None
    stated, terms = stated_of(claim), version_of(of, claim)
    row = next(row for row in terms.benefits.rows if row.id == claim.benefit_row)
    illness = illness_of(terms, stated.illness)
    age = age_on(claim.membership.born_on, stated.diagnosed_on)
    first = age - age % AGE_BAND_YEARS
    return HelpedCase(
        sex="f" if claim.membership.person.sex == "f" else "m",
        age=Band(first=first, last=first + AGE_BAND_YEARS - 1),
        illness=illness.name if illness else Text(zh="其他", en="Other"),
        severity=row.severity,
        aid=Fen(claim.aid),
    )


def _months(since: date, until: date) -> int:
    whole = (until.year - since.year) * 12 + until.month - since.month
    return max(0, whole - (until.day < since.day))


def _band_of_months(months: int) -> Band:
    first = max(start for start in MONTH_BANDS if start <= months)
    later = [start for start in MONTH_BANDS if start > first]
    return Band(first=first, last=later[0] - 1 if later else None)


def _mark(opened: EntryLine) -> Mark:
    return Mark(hash=opened.hash.hex(), index=opened.index, state=opened.state)
