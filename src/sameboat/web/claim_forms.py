"""What a claimant fills in: the illness, what happened, who receives the aid, documents."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sameboat.claims.reasons import WORDS, Acting
from sameboat.identity.personal import BadPhone, normal_phone
from sameboat.identity.queries import BadDocument, check_number
from sameboat.pages import words
from sameboat.pages.formatting import comma, language, phone
from sameboat.pages.forms import TypedDateField, TypedHourField
from sameboat.rules.documents import KINDS, DocumentKind
from sameboat.rules.terms import EVIDENCE_KINDS, Illness
from sameboat.web.forms import in_language

SHORT_MAX = 100
LONG_MAX = 4_000


class WhichIllness(forms.Form):
    """One illness of the plan's list."""

    illness = forms.ChoiceField(label=_("Which illness is it?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, found: tuple[Illness, ...]) -> None:
        super().__init__(*args)
        choices = [(illness.number, in_language(illness.name)) for illness in found]
        self.fields["illness"].choices = choices  # type: ignore[attr-defined]


class WhatHappened(forms.Form):
    """When, where, how."""

    diagnosed_on = TypedDateField(
        label=_("Day of the first diagnosis"),
        help_text=_("The first day on which a hospital confirmed this illness."),
        require_all_fields=False,
    )
    accident = forms.ChoiceField(
        label=_("Was it caused by an accident?"),
        widget=forms.RadioSelect,
        choices=[("no", _("No")), ("yes", _("Yes"))],
    )
    accident_at = TypedHourField(
        label=_("Day and hour of the accident"),
        help_text=_("Only if an accident caused it."),
        required=False,
    )
    died_at = TypedHourField(
        label=_("Day and hour of death"),
        help_text=_("Only if the person died of the accident."),
        required=False,
    )
    bills = forms.DecimalField(
        label=_("All hospital bills of this illness so far, in yuan"),
        help_text=_("Those of earlier payments included. The aid depends on them."),
        min_value=0,
        max_digits=11,
        decimal_places=2,
    )
    acting = forms.ChoiceField(
        label=_("Why do you file for this person?"),
        help_text=_(
            "A proof of authority is then needed: a household register, a certificate of marriage,"
            " of guardianship or of inheritance."
        ),
        required=False,
    )
    hospital = forms.CharField(label=_("Hospital"), max_length=SHORT_MAX)
    statement = forms.CharField(
        label=_("What happened?"),
        help_text=_("A few sentences are enough. The documents show the rest."),
        widget=forms.Textarea,
        max_length=LONG_MAX,
    )

    def __init__(self, data: Any, *, timezone: str, own: bool, bills: bool, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if not bills:
            del self.fields["bills"]
        acting: Any = self.fields["acting"]
        reasons = [(reason.value, in_language(WORDS[reason])) for reason in Acting]
        acting.choices = [("", _("I pay for this person's membership")), *reasons]
        if own:
            del self.fields["acting"]
        for field in self.fields.values():
            if isinstance(field, TypedHourField):
                field.by_the_clocks_of(timezone)

    def clean(self) -> dict[str, Any]:
        """After an accident its hour is asked for; without one no hour is kept."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("accident") == "no":
            said["accident_at"] = said["died_at"] = None
        elif "accident_at" in said and said["accident_at"] is None:
            self.add_error("accident_at", _("Type the day and the hour of the accident."))
        return said


class Payee(forms.Form):
    """Who receives the aid."""

    payee_name = forms.CharField(
        label=_("Who is to receive the aid? Full name"), max_length=SHORT_MAX
    )
    payee_phone = forms.CharField(
        label=_("Their mobile number"),
        max_length=32,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    payee_document_kind = forms.ChoiceField(label=_("Their document"), required=False)
    payee_document_number = forms.CharField(
        label=_("Number of their document"),
        help_text=_("It is compared with the register, sealed, and shown to nobody."),
        max_length=32,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def __init__(self, data: Any, *, known: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if said := self.initial.get("payee_phone"):
            self.initial = {**self.initial, "payee_phone": phone(said)}
        self.known = known
        kinds = [
            (kind.value, named.zh if language() == "zh" else named.en)
            for kind, named in KINDS.items()
        ]
        kind: Any = self.fields["payee_document_kind"]
        kind.choices = [("", _("None: the payee is verified here already")), *kinds]
        said = _("Not needed for: %(names)s. They are verified already.")
        kind.help_text = said % {"names": comma().join(known)}

    def clean(self) -> dict[str, Any]:
        """Whoever is not verified here is named with a document of the right form."""
        said: dict[str, Any] = super().clean() or {}
        kind, number = said.get("payee_document_kind"), said.get("payee_document_number")
        name = said.get("payee_name")
        if kind and number:
            try:
                check_number(DocumentKind(kind), number)
            except BadDocument as refusal:
                self.add_error("payee_document_number", refusal.explain(language()))
        elif kind or number or (name and not self._is_known(name)):
            needed = _("Choose the payee's document and type its number.")
            self.add_error("payee_document_number" if kind else "payee_document_kind", needed)
        return said

    def _is_known(self, name: str) -> bool:
        return "".join(name.split()) in {"".join(each.split()) for each in self.known}

    def clean_payee_phone(self) -> str:
        """The number in E.164; said here already, not only when everything is checked."""
        try:
            return normal_phone(self.cleaned_data["payee_phone"])
        except BadPhone as refusal:
            raise forms.ValidationError(refusal.explain(language()), code=refusal.code) from None


class Mend(WhatHappened, Payee):
    """Everything that was said, on one page, to be mended."""

    illness = forms.ChoiceField(label=_("Illness"))
    field_order = ("illness", *WhatHappened.base_fields)

    def __init__(self, data: Any, *, listed: tuple[Illness, ...], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        choices = [(illness.number, in_language(illness.name)) for illness in listed]
        self.fields["illness"].choices = choices  # type: ignore[attr-defined]


class Instalment(Payee):
    """A further instalment: what was billed since, where, and who receives the aid."""

    bills = WhatHappened.base_fields["bills"]
    hospital = forms.CharField(label=_("Hospital"), max_length=SHORT_MAX)
    statement = forms.CharField(
        label=_("What was done since?"), widget=forms.Textarea, max_length=LONG_MAX
    )
    field_order = ("bills", "hospital", "statement")


class ManyFiles(forms.ClearableFileInput):
    """A file field that takes several files at once."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """Several files, each checked."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files]


class Documents(forms.Form):
    """Documents of one kind: photos or PDF."""

    kind = forms.ChoiceField(label=_("What do these show?"))
    documents = FilesField(
        label=_("Photos or PDF files"),
        help_text=_("Several at once. Up to 20 MB each; JPEG, PNG, WebP or PDF."),
        widget=ManyFiles(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
    )

    def __init__(self, *args: Any, first: str = "") -> None:
        super().__init__(*args)
        self.initial = {"kind": first}
        kinds = [(kind, str(words.EVIDENCE[kind])) for kind in EVIDENCE_KINDS]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]


class HandIn(forms.Form):
    """The consents without which a claim can be neither judged nor shown."""

    health_data = forms.BooleanField(
        label=_("The documents may be read by the staff who judge this claim."),
    )
    sharing_insurer = forms.BooleanField(
        label=_("The insurer may see this claim and send an investigator."),
    )
    publication = forms.BooleanField(
        label=_("The case may be shown to the members of the plan."),
        help_text=_(
            "They see: surname with ○○, sex, age in bands of five years, province, illness,"
            " severity, aid, and how long ago you joined. Nothing else."
        ),
    )
