"""The books and what does not agree with them: pages of finance, and files for auditors.

Whatever moves money by hand takes two: one says what and why, another confirms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sameboat.books.queries import bookings, trial_balance
from sameboat.console.access import FINANCE, MONEY, login_id, page, staff_page, told
from sameboat.console.paging import page_of
from sameboat.identity.actions import audit
from sameboat.identity.queries import roles_of
from sameboat.identity.roles import Role
from sameboat.payments import actions as payments
from sameboat.payments import export
from sameboat.payments import queries as paid
from sameboat.payments.actions.resolutions import Resolution
from sameboat.payments.actions.resolving import possible_for
from sameboat.payments.models import Difference
from sameboat.plans import queries as plans
from sameboat.rules.money import Fen, parse_yuan
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal

CONFIRMING = frozenset({Role.FINANCE, Role.SUPERVISOR})
EXPORTING = frozenset({Role.FINANCE, Role.AUDITOR})
BOOKINGS_SHOWN_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """A difference with what can be done about it."""

    difference: Difference
    possible: list[Resolution]


@staff_page(*MONEY)
def differences(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Where the gateway and the books do not agree, and what payees have to give back."""
    plan = plans.plan(plan_id)
    found = paid.differences(plan.id).select_related("first_login")
    shown = page_of(request, found, by="differences")
    held = roles_of(login_id(request))
    context = {
        "plan": plan,
        "items": [WorkItem(difference=each, possible=possible_for(each)) for each in shown.rows],
        "differences": shown,
        "recoveries": page_of(request, paid.recoveries_open(plan.id), by="recoveries"),
        "may_propose": Role.FINANCE in held,
        "may_confirm": bool(held & CONFIRMING),
        "me": login_id(request),
    }
    return page(request, "differences.html", context, section="periods")


@require_POST
@staff_page(*FINANCE)
def propose(request: HttpRequest, difference: int) -> HttpResponse:
    """Say what is to be done about a difference."""
    return _done(
        request,
        lambda: payments.propose_resolution(
            login_id=login_id(request),
            difference_id=difference,
            resolution=request.POST.get("resolution", ""),
            note=request.POST.get("note", ""),
            now=clock.now(),
        ),
        _("Another person has to confirm it now."),
    )


@require_POST
@staff_page(*CONFIRMING)
def confirm(request: HttpRequest, difference: int) -> HttpResponse:
    """Agree with what was proposed: it is done and booked."""
    return _done(
        request,
        lambda: payments.confirm_resolution(
            login_id=login_id(request), difference_id=difference, now=clock.now()
        ),
        _("Done and booked."),
    )


@require_POST
@staff_page(*CONFIRMING)
def drop(request: HttpRequest, difference: int) -> HttpResponse:
    """Do not agree: something else can be proposed."""
    return _done(
        request,
        lambda: payments.drop_resolution(
            login_id=login_id(request), difference_id=difference, now=clock.now()
        ),
        _("Dropped: something else can be proposed."),
    )


@require_POST
@staff_page(*FINANCE)
def repayment(request: HttpRequest, recovery: int) -> HttpResponse:
    """Say that a payee gave aid back."""
    return _done(
        request,
        lambda: payments.state_repayment(
            login_id=login_id(request),
            recovery_id=recovery,
            amount=_amount(request.POST.get("amount", "")),
            note=request.POST.get("note", ""),
            now=clock.now(),
        ),
        _("Another person has to confirm it now."),
    )


@require_POST
@staff_page(*FINANCE)
def write_off(request: HttpRequest, recovery: int) -> HttpResponse:
    """Say that what is left of a recovery will not come back."""
    return _done(
        request,
        lambda: payments.propose_write_off(
            login_id=login_id(request),
            recovery_id=recovery,
            note=request.POST.get("note", ""),
            now=clock.now(),
        ),
        _("Another person has to confirm it now."),
    )


@require_POST
@staff_page(*FINANCE)
def retry_payout(request: HttpRequest, ref: str) -> HttpResponse:
    """Send a payout that failed once more."""
    return _done(
        request,
        lambda: payments.retry_payout(login_id=login_id(request), claim_ref=ref, now=clock.now()),
        _("The payout goes out again with the next run."),
    )


@require_POST
@staff_page(*FINANCE)
def retry_refund(request: HttpRequest, refund: int) -> HttpResponse:
    """Send a refund that failed once more."""
    return _done(
        request,
        lambda: payments.retry_refund(
            login_id=login_id(request), refund_id=refund, now=clock.now()
        ),
        _("The refund goes out again with the next run."),
    )


@staff_page(*MONEY)
def books(request: HttpRequest, plan_id: str) -> HttpResponse:
    """The trial balance of a plan, its last bookings, and the files."""
    plan = plans.plan(plan_id)
    lines = trial_balance(plan.id)
    context = {
        "plan": plan,
        "lines": lines,
        "debit": sum(line.debit for line in lines),
        "credit": sum(line.credit for line in lines),
        "bookings": bookings(plan=plan.id)[: -BOOKINGS_SHOWN_MAX - 1 : -1],
        "tables": list(export.TABLES),
        "may_export": bool(roles_of(login_id(request)) & EXPORTING),
    }
    return page(request, "books.html", context, section="periods")


@staff_page(*EXPORTING)
def table(request: HttpRequest, plan_id: str, name: str) -> HttpResponse:
    """One table of the books as a CSV file."""
    plan = plans.plan(plan_id)
    if name not in export.TABLES:
        raise Http404
    subject = f"{plan.id}/{name}"
    audit(login_id=login_id(request), verb="books.export", subject=subject, now=clock.now())
    text = "".join(export.csv_of(name, plan.id))
    rows = HttpResponse(text, content_type="text/csv; charset=utf-8")
    rows.headers["Content-Disposition"] = f'attachment; filename="{plan.id}-{name}.csv"'
    return rows


@staff_page(*EXPORTING)
def bundle(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Everything that an auditor needs, in one file with the hashes of its parts."""
    plan, now = plans.plan(plan_id), clock.now()
    audit(login_id=login_id(request), verb="books.export", subject=f"{plan.id}/all", now=now)
    packed = HttpResponse(export.for_auditors(plan.id, now=now), content_type="application/zip")
    packed.headers["Content-Disposition"] = f'attachment; filename="{plan.id}-books.zip"'
    return packed


def _amount(text: str) -> Fen:
    """Yuan as typed; 0, which is refused, for what is no amount."""
    try:
        return parse_yuan(text.strip())
    except ValueError:
        return Fen(0)


def _done(request: HttpRequest, act: Callable[[], object], said: str) -> HttpResponse:
    """Do it, say what came of it, and go back to the page it was asked from."""
    try:
        act()
    except Refusal as refusal:
        messages.error(request, told(refusal), extra_tags="bad")
    else:
        messages.success(request, said)
    plan_id = request.POST.get("plan", "")
    if plan_id:
        return redirect("console:differences", plan_id)
    return redirect("console:periods")
