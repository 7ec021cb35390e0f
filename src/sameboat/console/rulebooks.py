"""New terms: a plan designer hands a rulebook in, a supervisor reads what changes and adopts it."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sameboat.console.access import ALL, login_id, page, plan_step, staff_page, told
from sameboat.console.forms import NewRulebook
from sameboat.identity.queries import roles_of
from sameboat.identity.roles import Role
from sameboat.members import actions
from sameboat.members.actions.adopting import RulebookFaulty
from sameboat.members.proposed import proposed_rulebooks
from sameboat.pages.formatting import language
from sameboat.plans import queries as plans
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal


@staff_page(*ALL)
def plan_list(request: HttpRequest) -> HttpResponse:
    """The plans that run here, and the rulebooks that wait for a second person."""
    return _page(request, NewRulebook())


@require_POST
@staff_page(Role.PLAN_DESIGNER)
def propose(request: HttpRequest) -> HttpResponse:
    """Hand a rulebook in; all its faults are shown at once, and nothing is kept then."""
    form = NewRulebook(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form)
    try:
        actions.propose_rulebook(
            login_id=login_id(request), content=form.cleaned_data["file"].read(), now=clock.now()
        )
    except RulebookFaulty as faulty:
        return _page(request, form, faults=faulty.lines(language()))
    except Refusal as refusal:
        form.add_error("file", told(refusal))
        return _page(request, form)
    messages.success(request, _("Proposed. Now a supervisor has to adopt it."))
    return redirect("console:plans")


@require_POST
@staff_page(Role.SUPERVISOR)
def adopt(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Adopt what somebody else proposed: members are told, and the record has it."""
    said = _("Adopted. Members are told what changes, and when.")
    plan_step(request, plan_id, actions.adopt_rulebook, said)
    return redirect("console:plans")


@require_POST
@staff_page(Role.PLAN_DESIGNER, Role.SUPERVISOR)
def drop(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Take the proposal back, or do not agree."""
    plan_step(request, plan_id, actions.drop_rulebook, _("The terms stay as they are."))
    return redirect("console:plans")


def _page(request: HttpRequest, form: NewRulebook, *, faults: Sequence[str] = ()) -> HttpResponse:
    held = roles_of(login_id(request))
    context = {
        "plans": plans.plans(),
        "proposed": proposed_rulebooks(),
        "form": form,
        "faults": faults,
        "may_propose": Role.PLAN_DESIGNER in held,
        "may_adopt": Role.SUPERVISOR in held,
    }
    return page(request, "plans.html", context, section="plans")
