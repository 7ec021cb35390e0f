"""What other members see of a case, and no more: `docs` of privacy list exactly these fields.

There is no public address of a case: whoever reads one is signed in and a member of the plan.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from sameboat.claims.checking import illness_of
from sameboat.claims.life import terms_of
from sameboat.claims.models import Claim
from sameboat.claims.stated import stated_of
from sameboat.identity.queries import masked_name
from sameboat.members.models import Membership
from sameboat.members.queries import active_in_plan
from sameboat.plans.queries import plan
from sameboat.record.queries import EntryLine, chain_entries
from sameboat.rules.calendar import age_on, day_of
from sameboat.rules.claim import State
from sameboat.rules.documents import Sex
from sameboat.rules.money import Fen
from sameboat.rules.terms import Severity, Text
from sameboat.runtime.refusals import Refusal

AGE_BAND_YEARS = 5
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
    """A case without anything that tells who it is: what stays visible after publicity."""

    sex: Sex
    age: Band
    """In completed years at first diagnosis."""
    illness: Text
    severity: Severity
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
    return _case(claim, reader)


def public_cases(*, login_id: int, plan_id: str) -> list[PublicCase]:
    """All cases in publicity in a plan, for a signed-in member of it."""
    reader = active_in_plan(login_id, plan_id)
    if reader is None:
        raise NoSuchCase()
    return [_case(claim, reader) for claim in _published().filter(plan=plan_id).order_by("id")]


def helped_cases(*, login_id: int, plan_id: str, claim_ids: Collection[int]) -> list[HelpedCase]:
    """Who was helped by a period, without anything that tells who; for members of the plan.

    Former members too: they shared the cost.
    """
    if not Membership.objects.filter(plan=plan_id, person__logins__id=login_id).exists():
        raise NoSuchCase()
    claims = Claim.objects.filter(plan=plan_id, id__in=claim_ids).order_by("id")
    return [_helped(claim) for claim in claims.select_related("membership__person")]


def published_case(login_id: int, ref: str) -> Claim:
    """The claim of a case that this login may see now."""
    claim = _published().filter(ref=ref).first()
    if claim is None or active_in_plan(login_id, claim.plan) is None:
        raise NoSuchCase()
    return claim


def _published() -> QuerySet[Claim]:
    found = Claim.objects.filter(state=State.PUBLISHED.name)
    return found.select_related("membership__person")


def _case(claim: Claim, reader: Membership) -> PublicCase:
    assert claim.publicity_opened_at is not None
    assert claim.publicity_ends_at is not None
    helped, person = _helped(claim), claim.membership.person
    shown_on = day_of(claim.publicity_opened_at, plan(claim.plan).timezone)
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
        mark=_mark(claim),
        ends_at=claim.publicity_ends_at,
        is_mine=claim.membership.person_id == reader.person_id,
        objected=claim.objections.filter(objector=reader).exists(),
    )


def _helped(claim: Claim) -> HelpedCase:
    assert claim.aid is not None
    stated, terms = stated_of(claim), terms_of(claim)
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


def _mark(claim: Claim) -> Mark:
    lines: list[EntryLine] = chain_entries(bytes.fromhex(claim.ref))
    opened = [line for line in lines if line.type == "publicity.open"][-1]
    return Mark(hash=opened.hash.hex(), index=opened.index, state=opened.state)
