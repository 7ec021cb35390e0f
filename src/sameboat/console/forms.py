"""The forms of the staff pages: one for each thing that can be done with a claim."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sameboat.claims.queries import StaffView
from sameboat.claims.reasons import (
    WORDS,
    Answer,
    AskReason,
    DeclineReason,
    Finding,
    RecallReason,
    ReopenReason,
)
from sameboat.claims.stated import LONG_MAX
from sameboat.console.words import words
from sameboat.identity.actions.mandates import Mandate
from sameboat.members.actions.living import Shown
from sameboat.pages.formatting import language, money
from sameboat.pages.forms import TypedDateField
from sameboat.rights.keeping import REASONS
from sameboat.rules.documents import KINDS
from sameboat.rules.terms import EVIDENCE_KINDS, Text

ASK_DAYS = 14
"""How long a claimant is given for more documents, unless the case handler says otherwise."""

Choices = Sequence[tuple[str, str]]


def side(text: Text) -> str:
    """The side of a text that the reader reads."""
    return text.zh if language() == "zh" else text.en


def _reasons(codes: Iterable[StrEnum]) -> Choices:
    return [(code.value, side(WORDS[code])) for code in codes]


def _one_of(label: Any, choices: Choices, **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, **options)


def _words(label: Any, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, max_length=LONG_MAX, widget=forms.Textarea(attrs={"rows": 5})
    )


class ClaimForm(forms.Form):
    """A form about one claim; its fields are made from what the claim allows."""

    def __init__(self, *args: Any, view: StaffView, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(self.made_of(view, today))

    def made_of(self, view: StaffView, today: date) -> dict[str, forms.Field]:
        """The fields, in order."""
        raise NotImplementedError


class Ask(ClaimForm):
    """More documents: which, why, and until when."""

    def made_of(self, view: StaffView, today: date) -> dict[str, forms.Field]:
        return {
            "kinds": forms.MultipleChoiceField(
                label=_("Which documents"),
                choices=[(kind, words(kind, "kind")) for kind in EVIDENCE_KINDS],
                widget=forms.CheckboxSelectMultiple,
            ),
            "reason_code": _one_of(_("Why"), _reasons(AskReason)),
            "due_on": TypedDateField(
                label=_("Until which day"), initial=today + timedelta(days=ASK_DAYS)
            ),
        }


class GiveMandate(forms.Form):
    """Who acts, on which paper, until when."""

    kind = forms.ChoiceField(
        label=_("The paper"),
        widget=forms.RadioSelect,
        choices=[
            (Mandate.ATTORNEY, _("Power of attorney")),
            (Mandate.COURT, _("Court's decision")),
            (Mandate.REGISTER, _("Family, of somebody who cannot agree")),
        ],
    )
    document_kind = forms.ChoiceField(label=_("Document of whoever acts"))
    document_number = forms.CharField(label=_("Number of that document"), max_length=32)
    until = TypedDateField(label=_("Last day"))

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        kinds = [(kind.value, side(Text(zh=of.zh, en=of.en))) for kind, of in KINDS.items()]
        self.fields["document_kind"].choices = kinds  # type: ignore[attr-defined]


class Release(ClaimForm):
    """Why a claim on hold is put back."""

    def made_of(self, view: StaffView, today: date) -> dict[str, forms.Field]:
        hint = _("What happened, and what was done about it: for who asks later.")
        return {"reason": _words(_("Reason"), hint)}


class ChangePayee(ClaimForm):
    """Whether another payee takes effect."""

    def made_of(self, view: StaffView, today: date) -> dict[str, forms.Field]:
        answers = [("yes", _("The other payee receives the aid")), ("no", _("The payee stays"))]
        return {
            "approve": forms.TypedChoiceField(
                label=_("Who receives the aid?"),
                widget=forms.RadioSelect,
                choices=answers,
                coerce=lambda answer: answer == "yes",
            )
        }


class Report(ClaimForm):
    """What the investigator found."""

    def made_of(self, view: StaffView, today: date) -> dict[str, forms.Field]:
        return {
            "finding": _one_of(_("What you found"), _reasons(Finding)),
            "report": _words(_("Report"), _("Whom you spoke to, where, when, and what you saw.")),
        }


class Propose(ClaimForm):
    """The aid, as a row of the benefit table that governs the claim."""

    def made_of(self, view: StaffView, today: date) -> dict[str, forms.Field]:
        rows = [
            (row.id, f"{words(row.severity, 'severity')} · {money(amount)} ({row.id})")
            for row, amount in ((due.aid.row, due.aid.amount) for due in view.rows)
        ]
        stated = [
            due.aid.row.id for due in view.rows if due.aid.row.severity == view.stated.severity
        ]
        return {
            "benefit_row": _one_of(
                _("Row of the benefit table"), rows, initial=stated[0] if stated else None
            ),
            "reason": _words(_("Reason"), _("The second person reads it before they confirm.")),
        }


class Decline(ClaimForm):
    """The clause that stands against the claim, and why."""

    def made_of(self, view: StaffView, today: date) -> dict[str, forms.Field]:
        return {
            "clause": _one_of(
                _("Clause, as it is quoted to the claimant"),
                [(clause, side(quoted)) for clause, quoted in view.clauses],
            ),
            "reason_code": _one_of(_("Why"), _reasons(DeclineReason)),
            "reason": _words(
                _("Explain it to the claimant"),
                _("They read these words. Say what was found and in which document."),
            ),
        }


class Recall(ClaimForm):
    """Why a proposal is taken back."""

    def made_of(self, view: StaffView, today: date) -> dict[str, forms.Field]:
        return {"reason_code": _one_of(_("Why"), _reasons(RecallReason))}


class Reopen(ClaimForm):
    """Why a decided claim is looked at again."""

    def made_of(self, view: StaffView, today: date) -> dict[str, forms.Field]:
        return {
            "reason_code": _one_of(_("Why"), _reasons(ReopenReason)),
            "reason": _words(_("Reason")),
        }


class AnswerObjection(ClaimForm):
    """Whether an objection stands, and why."""

    def made_of(self, view: StaffView, today: date) -> dict[str, forms.Field]:
        return {
            "outcome": _one_of(_("The objection is"), _reasons(Answer)),
            "reason": _words(_("Reason"), _("Upheld, the claim goes back to the assessment.")),
        }


class Assign(forms.Form):
    """Whom the insurer sends."""

    def __init__(self, *args: Any, investigators: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["investigator_id"] = forms.TypedChoiceField(
            label=_("Investigator"), coerce=int, choices=investigators, widget=forms.RadioSelect
        )


class EndOfPlan(forms.Form):
    """The two days of a plan's end."""

    sharing_ends_on = TypedDateField(
        label=_("First day without debits"),
        help_text=_("What is debited on this day or later falls to the sponsor."),
    )
    ends_on = TypedDateField(
        label=_("First day without cover"),
        help_text=_("Members keep their cover until the day before."),
    )


class NewRulebook(forms.Form):
    """A rulebook file."""

    file = forms.FileField(
        label=_("Rulebook (TOML)"),
        help_text=_(
            "The plan's whole file: every adopted version as it is, and the new one. Lists of"
            " illnesses are those of the plan and of the catalogue."
        ),
        max_length=200,
    )


class FindMember(forms.Form):
    """A phone number or a document, whole."""

    phone = forms.CharField(label=_("Mobile number"), required=False, max_length=32)
    kind = forms.ChoiceField(label=_("Kind of document"), required=False)
    number = forms.CharField(label=_("Number of the document"), required=False, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(k.value, w.zh if language() == "zh" else w.en) for k, w in KINDS.items()]
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = kinds
        for name in ("phone", "number"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("phone") and not cleaned.get("number"):
            raise forms.ValidationError(_("Give a mobile number or the number of a document."))
        if cleaned.get("number") and not cleaned.get("kind"):
            self.add_error("kind", _("Say which document the number is of."))
        return cleaned


class Death(forms.Form):
    """The day on which somebody died."""

    died_on = TypedDateField(
        label=_("Day of death"), help_text=_("As it stands on the death certificate.")
    )


class UndoDeath(forms.Form):
    """What showed that somebody who is recorded as dead lives."""

    shown_by = forms.TypedChoiceField(
        label=_("What did you see?"),
        widget=forms.RadioSelect,
        coerce=Shown,
        choices=[
            (Shown.IN_PERSON, _("They came with their document")),
            (Shown.REGISTER, _("The police register, corrected")),
            (Shown.COURT, _("A court's decision that they live")),
        ],
    )


class Hold(forms.Form):
    """Why something of a person is kept, and until when."""

    reason = forms.ChoiceField(label=_("Why"))
    until_on = TypedDateField(label=_("Until"), help_text=_("On this day it ends by itself."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(code, side(REASONS[code])) for code in ("audit", "fraud", "legal")]
        self.fields["reason"].choices = kinds  # type: ignore[attr-defined]


class Trail(forms.Form):
    """Whose rows of the audit trail, or about what."""

    login = forms.CharField(label=_("Staff name"), required=False, max_length=64)
    subject = forms.CharField(label=_("Reference"), required=False, max_length=80)


class QueueFilter(forms.Form):
    """Which lines of the work queue."""

    todo = forms.ChoiceField(label=_("What is to be done"), required=False)
    plan = forms.ChoiceField(label=_("Plan"), required=False)

    def __init__(self, *args: Any, todos: Choices, plans: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("todo", todos), ("plan", plans)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("All")), *choices]
