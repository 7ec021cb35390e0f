"""Webhooks at a desk: where an integrator is told what happens, the log, and sending again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sameboat.console.access import login_id, page, posted, staff_page, told
from sameboat.console.forms import side
from sameboat.plans import queries as plans
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal
from sameboat.webhooks import actions, queries
from sameboat.webhooks.events import Type

MANAGERS = frozenset(queries.MANAGERS)
LOG_ROWS = 50
EVENTS: Mapping[Type, Promise] = {
    Type.JOINED: _("Members joined: those of a day, once it is recorded"),
    Type.ENDED: _("Memberships ended: those of a day, once it is recorded"),
    Type.CLAIM_MOVED: _("A claim moved: each entry on the record"),
    Type.SETTLED: _("A period was settled"),
    Type.DEBITED: _("The gateway answered about a batch of debits"),
    Type.VERSION: _("A version of the terms was announced"),
    Type.END: _("The end of a plan was announced"),
}
DONE: Mapping[str, tuple[Callable[..., object], Promise]] = {
    "test": (actions.send_test, _("A test message is on its way.")),
    "start": (actions.start_endpoint, _("It is sent to again.")),
    "remove": (actions.remove_endpoint, _("Removed: nothing more is sent there.")),
}


class NewEndpoint(forms.Form):
    """Where to be told, and of what."""

    url = forms.CharField(
        label=_("Address"),
        help_text=_("It begins with https:// and leads to a public network."),
        max_length=500,
        widget=forms.URLInput,
    )
    types = forms.MultipleChoiceField(
        label=_("What is told"),
        choices=[(each.value, words) for each, words in EVENTS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    plans = forms.MultipleChoiceField(
        label=_("Only of these plans"),
        help_text=_("None chosen: of every plan, also of those that come later."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        chosen = self.fields["plans"]
        assert isinstance(chosen, forms.MultipleChoiceField)
        chosen.choices = [(each.id, side(each.name)) for each in plans.plans()]


@staff_page(*MANAGERS)
def webhooks(request: HttpRequest) -> HttpResponse:
    """The endpoints, and a form for another one; its secret is shown once."""
    form, refusal, made = NewEndpoint(posted(request)), "", None
    if form.is_valid():
        try:
            made = actions.set_up_endpoint(
                login_id=login_id(request), now=clock.now(), **form.cleaned_data
            )
        except Refusal as reason:
            refusal = told(reason)
        else:
            form = NewEndpoint()
    context = {
        "endpoints": queries.endpoints_of(login_id(request)),
        "form": form,
        "refusal": refusal,
        "made": made,
    }
    return page(request, "webhooks.html", context, section="webhooks")


@staff_page(*MANAGERS)
def webhook(request: HttpRequest, ref: str) -> HttpResponse:
    """One endpoint with its log, and what can be done with it."""
    made = None
    if request.method == "POST":
        answer = _done(request, ref, clock.now())
        if isinstance(answer, HttpResponse):
            return answer
        made = answer
    before = request.GET.get("before", "")
    rows = queries.log_of(
        login_id=login_id(request),
        ref=ref,
        before=int(before) if before.isascii() and before.isdigit() else None,
        rows=LOG_ROWS,
    )
    context = {
        "endpoint": queries.endpoint_line(login_id(request), ref),
        "events": {each.value: words for each, words in EVENTS.items()},
        "rows": rows,
        "older": rows[-1].id if len(rows) == LOG_ROWS else None,
        "made": made,
    }
    return page(request, "webhook.html", context, section="webhooks")


def _done(request: HttpRequest, ref: str, now: datetime) -> HttpResponse | actions.SetUp:
    """Do what was sent; a new secret is shown at once, everything else leads on."""
    asked, again = request.POST.get("do", ""), request.POST.get("again", "")
    me = login_id(request)
    try:
        if asked == "rotate":
            return actions.rotate_secret(login_id=me, ref=ref, now=now)
        if again.isascii() and again.isdigit():
            actions.send_again(login_id=me, ref=ref, delivery_id=int(again), now=now)
            messages.success(request, _("It is sent again."))
        elif asked in DONE:
            act, said = DONE[asked]
            act(login_id=me, ref=ref, now=now)
            messages.success(request, str(said))
    except Refusal as refusal:
        messages.error(request, told(refusal), extra_tags="bad")
    if asked == "remove":
        return redirect("console:webhooks")
    return redirect("console:webhook", ref)
