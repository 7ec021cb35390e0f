"""Programs that act for somebody: the page on which they are let in and put out, of both faces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth import logout
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from sameboat.identity import actions
from sameboat.identity.actions.tokens import (
    MEMBER_PROGRAM_DAYS_MAX,
    PROGRAM_NAME_MAX,
    STAFF_PROGRAM_DAYS_MAX,
    Issued,
)
from sameboat.identity.queries import ProgramLine, programs_of, sessions_of
from sameboat.identity.scopes import FOR_MEMBERS, FOR_STAFF, WORDS
from sameboat.pages.formatting import language
from sameboat.rules.terms import Text
from sameboat.runtime.refusals import Refusal

DAYS = (7, 30, STAFF_PROGRAM_DAYS_MAX, MEMBER_PROGRAM_DAYS_MAX)


class Program(forms.Form):
    """A program, what it may do, and for how long."""

    name = forms.CharField(
        label=_("What the program is called"),
        help_text=_("So that you know it again in the list."),
        max_length=PROGRAM_NAME_MAX,
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), widget=forms.CheckboxSelectMultiple
    )
    days = forms.TypedChoiceField(label=_("For how long"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, is_staff: bool) -> None:
        super().__init__(data, initial={"days": 30})
        scopes, most = (
            (FOR_STAFF, STAFF_PROGRAM_DAYS_MAX)
            if is_staff
            else (FOR_MEMBERS, MEMBER_PROGRAM_DAYS_MAX)
        )
        chosen, lasting = self.fields["scopes"], self.fields["days"]
        assert isinstance(chosen, forms.MultipleChoiceField)
        assert isinstance(lasting, forms.TypedChoiceField)
        chosen.choices = [(scope, _side(WORDS[scope])) for scope in scopes]
        lasting.choices = [
            (days, ngettext("%(days)s day", "%(days)s days", days) % {"days": days})
            for days in DAYS
            if days <= most
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What stands on the page of programs."""

    form: Program
    programs: list[tuple[ProgramLine, list[str]]]
    """Each with its scopes in words; empty for one's own sign-ins."""
    sessions: int
    """In how many browsers the reader is signed in."""
    issued: Issued | None
    """The token that was just made: told this once."""
    refusal: str

    @property
    def context(self) -> dict[str, Any]:
        return {
            "form": self.form,
            "programs": self.programs,
            "sessions": self.sessions,
            "issued": self.issued,
            "refusal": self.refusal,
        }


def programs_page(
    request: HttpRequest, *, login_id: int, is_staff: bool, now: datetime
) -> Shown | None:
    """Do what was sent (a new program, the end of one), and say what stands.

    None once the reader has signed out everywhere.
    """
    issued, refusal = None, ""
    if "everywhere" in request.POST:
        actions.sign_out_everywhere(login_id=login_id, now=now)
        # This browser forgets who it was, too: its session is gone.
        logout(request)
        return None
    is_ending = "end" in request.POST
    sent = request.POST if request.method == "POST" and not is_ending else None
    form = Program(sent, is_staff=is_staff)
    try:
        if is_ending:
            actions.end_token(login_id=login_id, ref=request.POST["end"], now=now)
        elif form.is_valid():
            issued = actions.grant_token(login_id=login_id, now=now, **form.cleaned_data)
            form = Program(is_staff=is_staff)
    except Refusal as reason:
        refusal = reason.explain(language())
    return Shown(
        form=form,
        programs=_lines(login_id, now),
        sessions=sessions_of(login_id, now=now),
        issued=issued,
        refusal=refusal,
    )


def _lines(login_id: int, now: datetime) -> list[tuple[ProgramLine, list[str]]]:
    return [
        (line, [_side(WORDS[scope]) for scope in line.scopes])
        for line in programs_of(login_id, now=now)
    ]


def _side(text: Text) -> str:
    return text.zh if language() == "zh" else text.en
