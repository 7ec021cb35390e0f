"""How django-allauth meets our logins: phone and code for members, TOTP for staff.

allauth owns the flow, its limits and its sessions; here is where a phone number is found, kept
sealed and written to. Called by allauth's views only, so this file is part of the faces' edge and
reads the clock.
"""

from __future__ import annotations

from typing import Any, cast

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm, RequestLoginCodeForm
from allauth.mfa.adapter import DefaultMFAAdapter
from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sameboat.gateways import messaging
from sameboat.identity import actions, queries
from sameboat.identity.models import Login
from sameboat.identity.personal import BadPhone, normal_phone, open_text, seal_text
from sameboat.runtime import clock
from sameboat.runtime.ids import reference
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Language

# Names of staff logins have no dash before them, so no login owns this key.
_TOTP_OWNER = "-totp"
_TOTP_PLACE = "mfa_authenticator.data"


class PhoneField(forms.CharField):
    """A phone number as people write it; cleaned to E.164."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Mobile number"))
        kwargs.setdefault("max_length", 32)
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return normal_phone(text)
        except BadPhone as refusal:
            raise forms.ValidationError(refusal.explain(_language()), code=refusal.code) from None


class RequestCode(RequestLoginCodeForm):  # type: ignore[misc]
    """One form for everybody: who has no login yet gets one, so nobody learns who has.

    A login without a verified phone can do nothing and is forgotten after a day.
    """

    def clean_phone(self) -> str:
        # The parent counts the request against its limits before a row is made.
        phone = cast(str, super().clean_phone())
        if phone and queries.login_by_phone(phone) is None:
            self._user: Login | None = actions.open_login(phone=phone, now=clock.now())
        return phone


class StaffLogin(LoginForm):  # type: ignore[misc]
    """Name and password of staff; the second factor follows, and is never optional.

    Members have no password: they sign in by `RequestCode`.
    """

    def _setup_password_field(self) -> None:
        # allauth would drop the field, because nobody signs up with a password here.
        self.fields["login"].label = _("Staff name")
        # It would point to a page on which a password is reset; ours are set by an administrator.
        self.fields["password"].help_text = ""

    def clean(self) -> dict[str, Any]:
        cleaned = cast(dict[str, Any], super().clean())
        if self.user is not None and not queries.has_second_factor(self.user.pk):
            raise forms.ValidationError(
                _("This login has no second factor yet. Ask your administrator to set one."),
                code="second_factor_missing",
            )
        return cleaned


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """What allauth asks about logins and phones."""

    def new_user(self, request: HttpRequest) -> Login:
        return Login(name=reference(), created_at=clock.now())

    def populate_username(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        assert isinstance(user, Login)
        user.name = user.name or reference()

    def phone_form_field(self, **kwargs: Any) -> forms.Field:
        return PhoneField(**kwargs)

    def clean_phone(self, phone: str) -> str:
        return normal_phone(phone)

    def get_user_by_phone(self, phone: str) -> AbstractBaseUser | None:
        return queries.login_by_phone(phone)

    def get_phone(self, user: AbstractBaseUser) -> tuple[str, bool] | None:
        assert isinstance(user, Login)
        phone = queries.phone_of(user)
        return None if phone is None else (phone, user.phone_verified)

    def set_phone(self, user: AbstractBaseUser, phone: str, verified: bool) -> None:
        assert isinstance(user, Login)
        actions.set_phone(login_id=user.id, phone=phone, verified=verified)
        user.refresh_from_db()

    def set_phone_verified(self, user: AbstractBaseUser, phone: str) -> None:
        self.set_phone(user, phone, True)

    def send_verification_code_sms(
        self, user: AbstractBaseUser, phone: str, code: str, **kwargs: Any
    ) -> None:
        minutes = app_settings.LOGIN_BY_CODE_TIMEOUT // 60
        message = messaging.Message(
            key=reference(),
            to=phone,
            template="sign_in_code",
            data={"code": code, "minutes": str(minutes)},
            language=_language(),
        )
        messaging.provider().send(message, now=clock.now())

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> Any:
        assert isinstance(user, Login)
        actions.set_language(login_id=user.id, language=_language())
        return super().post_login(request, user, **kwargs)

    def get_login_stages(self) -> list[str]:
        # The code has proved the member's phone already; staff have none to prove.
        stages = cast(list[str], super().get_login_stages())
        return [stage for stage in stages if not stage.endswith(".PhoneVerificationStage")]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        # A login is made by `RequestCode`; allauth's second way to one stays closed.
        return False


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors are sealed before they reach the database."""

    def encrypt(self, text: str) -> str:
        keystore().get_or_create("login", _TOTP_OWNER)
        return seal_text("login", _TOTP_OWNER, _TOTP_PLACE, text).hex()

    def decrypt(self, encrypted_text: str) -> str:
        return open_text("login", _TOTP_OWNER, _TOTP_PLACE, bytes.fromhex(encrypted_text))


def _language() -> Language:
    return "zh" if (get_language() or "").startswith("zh") else "en"
