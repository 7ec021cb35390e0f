"""What people ask about their data, for those who answer it: by due day, with four eyes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from sameboat.console.access import login_id, page, posted, staff_page, told
from sameboat.console.forms import Hold
from sameboat.rights import actions, desk
from sameboat.rights.actions.correcting import ANSWERERS
from sameboat.rights.actions.holding import HOLDERS
from sameboat.rights.keeping import REASONS
from sameboat.rights.waiting import TOLD
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal


@staff_page(*ANSWERERS)
def requests(request: HttpRequest) -> HttpResponse:
    """What waits, the first due at the top; each answer is sent from here."""
    refusal, status = "", 200
    if request.method == "POST":
        try:
            _act(request)
        except Refusal as reason:
            refusal, status = told(reason), 409
        else:
            return redirect("console:data")
    waiting = desk.waiting(login_id=login_id(request), now=clock.now())
    context = {
        "requests": [(each, [TOLD[wait] for wait in each.waits]) for each in waiting],
        "refusal": refusal,
    }
    return page(request, "data.html", context, section="data", status=status)


@staff_page(*HOLDERS)
def hold(request: HttpRequest, ref: str) -> HttpResponse:
    """What keeps something of a person, or lets an erasure wait; set and lifted here."""
    form = Hold(posted(request) if "lift" not in request.POST else None)
    refusal, status = "", 200
    try:
        if "lift" in request.POST:
            actions.lift_hold(
                login_id=login_id(request),
                person_ref=ref,
                reason=request.POST["lift"],
                now=clock.now(),
            )
            return redirect("console:hold", ref)
        if form.is_valid():
            actions.set_hold(
                login_id=login_id(request), person_ref=ref, now=clock.now(), **form.cleaned_data
            )
            return redirect("console:hold", ref)
    except Refusal as reason:
        refusal, status = told(reason), 409
    holds = desk.holds_of(login_id=login_id(request), person_ref=ref)
    shown = [(each, REASONS[each.reason]) for each in holds]
    context = {"form": form, "holds": shown, "refusal": refusal}
    return page(request, "hold.html", context, section="members", status=status)


def _act(request: HttpRequest) -> None:
    """Answer a request, or say whether one agrees to somebody else's answer."""
    ref = request.POST.get("ref", "")
    if "agree" in request.POST:
        actions.confirm_answer(
            login_id=login_id(request),
            ref=ref,
            agree=request.POST["agree"] == "yes",
            now=clock.now(),
        )
    else:
        actions.answer_request(
            login_id=login_id(request),
            ref=ref,
            accept=request.POST.get("accept") == "yes",
            answer=request.POST.get("answer", ""),
            now=clock.now(),
        )
