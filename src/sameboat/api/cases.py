"""Cases in publicity, for signed-in members of the plan, and their objections."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from ninja import Router

from sameboat.api.auth import Bearer, Request
from sameboat.api.changes import once
from sameboat.api.errors import answers
from sameboat.api.paging import LIMIT, After, Limit, one_page
from sameboat.api.shapes import Code, In, Key, Made, Out, PlanPath, RefPath, TextOut, Words, both
from sameboat.claims import actions, queries
from sameboat.claims.queries.public import Band, PublicCase
from sameboat.identity.scopes import Area
from sameboat.runtime import clock

router = Router(tags=["cases"], auth=Bearer(Area.CASES))


class BandOut(Out):
    """Whole numbers from `first` to `last`, both included; `last` null is without end."""

    first: int
    last: int | None


class MarkOut(Out):
    """Where the case stands on the record."""

    hash: str
    index: int | None
    state: str


class CaseOut(Out):
    """A case as members see it during publicity, and no more."""

    ref: str
    name: str
    """The surname with ○○."""
    sex: str
    age: BandOut
    province: str
    illness: TextOut
    severity: str
    aid_fen: int
    joined_months: BandOut
    mark: MarkOut
    ends_at: datetime
    is_mine: bool
    objected: bool


class ObjectionIn(In):
    """A member's reasoned doubt."""

    reason_code: Code
    text: Words


@router.get("/plans/{plan}/cases", response=answers(list[CaseOut]))
def cases(
    request: Request,
    response: HttpResponse,
    plan: PlanPath,
    after: After,
    limit: Limit = LIMIT,
) -> list[CaseOut]:
    """The cases now shown to the members of a plan.

    `after` is the reference of the last case of the page before.
    """
    found = queries.public_cases(
        login_id=request.auth.id, plan_id=plan, after=after, limit=limit + 1
    )
    page = one_page(request, response, found, limit=limit, by="after", mark=lambda each: each.ref)
    return [_case(each) for each in page]


@router.get("/cases/{ref}", response=answers(CaseOut))
def case(request: Request, ref: RefPath) -> CaseOut:
    """One case in publicity."""
    return _case(queries.public_case(login_id=request.auth.id, ref=ref))


@router.post("/cases/{ref}/objections", response=answers(Made, 201))
def object_to(
    request: Request, idempotency_key: Key, ref: RefPath, body: ObjectionIn
) -> HttpResponse:
    """Object to a case, once, with a reason; it will be answered before the case goes on."""
    return once(
        request,
        idempotency_key,
        body,
        lambda: Made(
            ref=actions.object_to_claim(
                login_id=request.auth.id,
                claim_ref=ref,
                reason_code=body.reason_code,
                text=body.text,
                now=clock.now(),
            )
        ),
        status=201,
    )


def _band(band: Band) -> BandOut:
    return BandOut(first=band.first, last=band.last)


def _case(case: PublicCase) -> CaseOut:
    return CaseOut(
        ref=case.ref,
        name=case.name,
        sex=case.sex,
        age=_band(case.age),
        province=case.province,
        illness=both(case.illness),
        severity=case.severity,
        aid_fen=case.aid,
        joined_months=_band(case.joined_months),
        mark=MarkOut(hash=case.mark.hash, index=case.mark.index, state=case.mark.state),
        ends_at=case.ends_at,
        is_mine=case.is_mine,
        objected=case.objected,
    )
