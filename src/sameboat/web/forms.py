"""What members fill in on the way to a membership."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sameboat.pages.formatting import language
from sameboat.pages.forms import TypedDateField
from sameboat.pages.provinces import PROVINCES
from sameboat.rights.actions.correcting import CORRECTABLE
from sameboat.rules.benefit import tiers_of
from sameboat.rules.documents import KINDS
from sameboat.rules.terms import PlanTerms, Text

RELATIONS = {
    "self": _("Myself"),
    "child": _("My child"),
    "spouse": _("My spouse"),
    "parent": _("My parent"),
    "paid_for": _("Somebody I pay for"),
    "attorney": _("By power of attorney"),
    "register": _("By the family register"),
    "court": _("By decision of a court"),
}
ASKER_IS = {
    "child": _("says to be their parent"),
    "spouse": _("says to be their spouse"),
    "parent": _("says to be their child"),
}
"""What whoever asks says to be, by the relation that they named."""
NEW_RELATIONS = ("child", "spouse", "parent")
"""Whom of the family one can verify."""


FIELDS = {
    "bad_document": "document_number",
    "bad_name": "name",
    "bad_birth_date": "born_on",
}
"""Beside which field a refusal of a document is said."""


def in_language(text: Text) -> str:
    """The side of a text that the reader reads."""
    return text.zh if language() == "zh" else text.en


class Who(forms.Form):
    """For whom: somebody who is verified, or somebody new of the family."""

    who = forms.ChoiceField(label=_("Who is to join?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, known: Iterable[tuple[str, str]], new: Iterable[str]) -> None:
        super().__init__(*args)
        choices = [(f"person:{ref}", label) for ref, label in known]
        choices += [(f"new:{kind}", str(RELATIONS[kind])) for kind in new]
        self.fields["who"].choices = choices  # type: ignore[attr-defined]


class NewDocument(forms.Form):
    """A document that names somebody."""

    document_kind = forms.ChoiceField(label=_("Document"))
    name = forms.CharField(
        label=_("Full name"),
        help_text=_("As it stands on the document."),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    document_number = forms.CharField(
        label=_("Document number"),
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        kinds = [
            (kind.value, named.zh if language() == "zh" else named.en)
            for kind, named in KINDS.items()
        ]
        self.fields["document_kind"].choices = kinds  # type: ignore[attr-defined]


class Identity(NewDocument):
    """The document that names a person who is not known yet."""

    born_on = TypedDateField(
        label=_("Date of birth"),
        help_text=_("Only if the document is not a resident ID or a household register."),
        required=False,
        require_all_fields=False,
    )
    sex = forms.ChoiceField(
        label=_("Sex"),
        help_text=_("Only if the document is not a resident ID or a household register."),
        required=False,
        choices=[("", _("Read it from the number")), ("f", _("Female")), ("m", _("Male"))],
    )


class Relative(Identity):
    """Somebody of the family, by relation and document."""

    relation = forms.ChoiceField(
        label=_("Who is it?"),
        widget=forms.RadioSelect,
        choices=[(kind, RELATIONS[kind]) for kind in NEW_RELATIONS],
    )
    field_order = ("relation",)


class ConsentPhone(forms.Form):
    """Where an adult is reached who is to agree."""

    phone = forms.CharField(
        label=_("The member's own mobile number"),
        help_text=_("Not your own. They get a code and tell it to you, by telephone if need be."),
        max_length=32,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )


class ConsentCode(forms.Form):
    """The code that reached them."""

    code = forms.CharField(
        label=_("The code from the message"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class HelpedPhone(forms.Form):
    """The number of somebody who wants help."""

    phone = forms.CharField(
        label=_("Mobile number of whoever wants help"),
        help_text=_("They get a code and tell it to you, if they want your help."),
        max_length=32,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )


class PhoneCode(forms.Form):
    """A code that went to a phone, by which its holder agrees."""

    code = ConsentCode.base_fields["code"]


class Correction(forms.Form):
    """What is wrong about somebody, and what is right."""

    subject = forms.ChoiceField(label=_("What is wrong"))
    wanted = forms.CharField(
        label=_("What is right"),
        help_text=_("Such as: 31 January 1990 as 1990-01-31; female or male; a province's name."),
        max_length=100,
    )
    words = forms.CharField(
        label=_("How we can see that"),
        help_text=_("Such as: it stands so on my ID. At most 800 characters."),
        max_length=800,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(code, in_language(each.name)) for code, each in CORRECTABLE.items()]
        self.fields["subject"].choices = kinds  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What is right in the one form that the answer takes, however people write it."""
        cleaned = super().clean() or self.cleaned_data
        read = _READ.get(cleaned.get("subject", ""))
        if read is not None and "wanted" in cleaned:
            cleaned["wanted"] = read(cleaned["wanted"].strip())
        return cleaned


def _sex(written: str) -> str:
    return {"女": "f", "男": "m", "female": "f", "male": "m"}.get(written.lower(), written.lower())


def _date(written: str) -> str:
    found = re.fullmatch(r"([0-9]{4})[-/.年 ]([0-9]{1,2})[-/.月 ]([0-9]{1,2})日?", written)
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else written


def _province(written: str) -> str:
    """By its name, as short as one says it or as long as it is."""
    for code, name in PROVINCES.items():
        if written.startswith(name.zh) or written.lower() == name.en.lower():
            return code
    return written


_READ: Mapping[str, Callable[[str], str]] = {
    "sex": _sex,
    "born_on": _date,
    "province": _province,
}


ORDINARY = "ordinary"
"""How a form calls the tier without an id: an empty choice would be none."""


class Questions(forms.Form):
    """The health questions of a version, and what its risk criteria ask about."""

    def __init__(self, *args: Any, terms: PlanTerms) -> None:
        super().__init__(*args)
        self.joining = joining = terms.joining
        self.tiers = tiers = tiers_of(terms.benefits)
        if len(tiers) > 1:
            named = {tier.id: in_language(tier.text) for tier in terms.benefits.tiers}
            self.fields["tier"] = forms.ChoiceField(
                label=_("Tier: how much is paid, and how much is shared"),
                widget=forms.RadioSelect,
                choices=[
                    (tier or ORDINARY, named.get(tier, tier or _("Ordinary"))) for tier in tiers
                ],
                initial=tiers[0] or ORDINARY,
            )
        for question in joining.questions:
            self.fields[f"q_{question.id}"] = forms.ChoiceField(
                label=in_language(question.text),
                widget=forms.RadioSelect,
                choices=[("no", _("No")), ("yes", _("Yes"))],
                error_messages={"required": _("Answer yes or no.")},
            )
        if joining.occupation_classes:
            classes = [(name, name) for name in joining.occupation_classes]
            self.fields["occupation_class"] = forms.ChoiceField(
                label=_("Occupation class"),
                choices=[("", _("Another one")), *classes],
                required=False,
            )
        if joining.regions:
            names = [(code, in_language(name)) for code, name in PROVINCES.items()]
            self.fields["region"] = forms.ChoiceField(
                label=_("Province where the person lives"), choices=names
            )

    def tier(self) -> str:
        """The tier that was chosen; empty for the ordinary one."""
        chosen: str = self.cleaned_data.get("tier", self.tiers[0])
        return "" if chosen == ORDINARY else chosen

    def answers(self) -> dict[str, bool]:
        """The answers by question."""
        return {
            question.id: self.cleaned_data[f"q_{question.id}"] == "yes"
            for question in self.joining.questions
        }


class Agree(forms.Form):
    """What is accepted before joining; each is a consent of its own."""

    disclosure = forms.BooleanField(
        label=_("I have read the disclosure: this is mutual aid, not insurance."),
    )
    health_data = forms.BooleanField(
        label=_("My health answers may be used to judge a later claim."),
    )
    debits = forms.BooleanField(
        label=_("My shares may be debited automatically, after I was told how much and why."),
        help_text=_("You can stop at any time with one tap."),
    )


class Words(forms.Form):
    """Something said in one's own words."""

    text = forms.CharField(label=_("In your own words"), widget=forms.Textarea, max_length=4000)
