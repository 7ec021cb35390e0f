"""The demonstration's clock: one press, and the next day on which something happens is there."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sameboat.console.access import ALL, staff_page, told
from sameboat.pages.formatting import moment
from sameboat.pages.views import back
from sameboat.plans import queries as plans
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.settlement.queries import next_event_at


@require_POST
@staff_page(*ALL)
def advance_clock(request: HttpRequest) -> HttpResponse:
    """Move the clock to the next lock, end of publicity, debit or payout of any plan."""
    now = clock.now()
    events = [next_event_at(plan.id, now) for plan in plans.plans()]
    if not events:
        messages.error(request, _("No plan runs here."), extra_tags="bad")
        return back(request)
    try:
        present = clock.advance_to(min(events))
    except Refusal as refusal:
        messages.error(request, told(refusal), extra_tags="bad")
    else:
        said = _("It is %(moment)s now. What is due is done within the next seconds.")
        messages.success(request, said % {"moment": moment(present)})
    return back(request)
