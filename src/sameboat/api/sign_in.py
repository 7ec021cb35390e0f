"""Signing in: members by a code to their phone, staff by name, password and second factor.

allauth's own machinery does it, with its limits and its sealed sessions; here a session lives only
from the request for a code to the code. What the caller gets is an access token.
"""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Annotated, Literal

from allauth.account.forms import ConfirmLoginCodeForm
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.stagekit import get_pending_stage
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from django import forms
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from sameboat.api.auth import Anybodys, Request, token_of
from sameboat.api.changes import once
from sameboat.api.errors import answers
from sameboat.api.shapes import DONE, Done, In, Key, Line, Out
from sameboat.api.tokens import Scope
from sameboat.identity import actions
from sameboat.identity.actions.tokens import MEMBER_TOKEN_LASTS, refuse_program
from sameboat.identity.adapter import RequestCode, StaffLogin
from sameboat.identity.models import Login
from sameboat.identity.personal import BadPhone, normal_phone
from sameboat.identity.queries import roles_of
from sameboat.identity.sessions import SessionStore
from sameboat.runtime import clock
from sameboat.runtime.refusals import Refusal

router = Router(tags=["sign-in"])
_LIMITS = frozenset({"too_many_login_attempts", "rate_limited"})


class WrongCode(Refusal):
    """The code is not the one that was sent, or its time is over."""

    code = "wrong_code"
    en = "This code is wrong or its time is over. Check it, or ask for a new one."
    zh = "验证码错误或已过期。请核对，或重新获取。"


class WrongSecret(Refusal):
    """Name, password and second factor of staff do not belong together."""

    code = "wrong_secret"
    en = "Name, password or second factor is wrong."
    zh = "登录名、密码或第二因素不正确。"


class TooManyAttempts(Refusal):
    """Signing in was tried too often."""

    code = "too_many_attempts"
    en = "Too many attempts. Wait a few minutes, then try again."
    zh = "尝试次数过多，请过几分钟再试。"


class CodeAsk(In):
    """Whom to send a code."""

    phone: Line


class CodeSent(Out):
    """A code is on its way, whether or not the number is known here."""

    sign_in: str
    """Names this attempt; give it back together with the code."""


class ProgramIn(In):
    """What is signed in where a program acts for the member: its name, and what it may do."""

    name: Line
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)]


class SignInIn(In):
    """The code as it was received."""

    sign_in: Line
    code: Line
    program: ProgramIn | None = None
    """Of a program that embeds the platform: the token is then good for these scopes alone, and the
    member finds it among their programs and can end it. Null: everything that the member may."""


class StaffIn(In):
    """What staff sign in with; the second factor is never optional."""

    name: Line
    password: Line
    totp: Line


class TokenOut(Out):
    """An access token. It is told once: keep it as you keep a password."""

    token: str
    expires_at: datetime


class LanguageIn(In):
    """The language of the messages to one's phone."""

    language: Literal["zh", "en"]


class SelfOut(Out):
    """Who is signed in."""

    is_staff: bool
    roles: list[str]
    person_ref: str | None


@router.post("/sign-in", auth=None, response=answers(CodeSent))
def ask_code(request: HttpRequest, body: CodeAsk) -> CodeSent:
    """Send a sign-in code to a phone. A number that is new here gets a login with its first
    right code."""
    phone = normal_phone(body.phone)
    inner = _inner(request, SessionStore())
    with context.request_context(inner):
        form = RequestCode({"phone": phone})
        if not form.is_valid():
            _refuse(form, BadPhone())
        user = form._user
        LoginCodeVerificationProcess.initiate(request=inner, user=user, phone=phone)
    inner.session.save()
    assert inner.session.session_key is not None
    return CodeSent(sign_in=inner.session.session_key)


@router.post("/sign-in/confirm", auth=None, response=answers(TokenOut))
def confirm_code(request: HttpRequest, body: SignInIn) -> TokenOut:
    """Show the code and get an access token. A wrong code counts; the third ends the attempt."""
    if body.program is not None:
        # Before the code is used up.
        refuse_program(
            is_staff=False,
            name=body.program.name,
            scopes=body.program.scopes,
            days=MEMBER_TOKEN_LASTS.days,
        )
    inner = _inner(request, SessionStore(session_key=body.sign_in))
    with context.request_context(inner):
        stage = get_pending_stage(inner)
        if stage is None or stage.key != "login_by_code":
            raise WrongCode()
        process = LoginCodeVerificationProcess.resume(stage)
        if process is None:
            raise WrongCode()
        form = ConfirmLoginCodeForm({"code": body.code}, code=process.code)
        if not form.is_valid():
            process.record_invalid_attempt()
            inner.session.save()
            raise WrongCode()
        process.finish(None)
    login_id = inner.session.get(SESSION_KEY)
    # The session has done its work; only the token stays.
    inner.session.flush()
    if login_id is None:
        raise WrongCode()
    if body.program is not None:
        return _granted(int(login_id), body.program)
    return _token(int(login_id))


@router.post("/sign-in/staff", auth=None, response=answers(TokenOut))
def staff(request: HttpRequest, body: StaffIn) -> TokenOut:
    """Sign in a member of the staff; the token lasts 12 hours."""
    inner = _inner(request, SessionStore())
    with context.request_context(inner):
        form = StaffLogin({"login": body.name, "password": body.password}, request=inner)
        if not form.is_valid():
            _refuse(form, WrongSecret())
        user = form.user
        assert isinstance(user, Login)
        second = AuthenticateForm({"code": body.totp}, user=user)
        if not user.is_staff or not second.is_valid():
            _refuse(second, WrongSecret())
        second.save()
    return _token(user.id)


@router.post("/sign-out", auth=Anybodys(), response=answers(Done))
def sign_out(request: Request) -> Done:
    """End the token that this request shows."""
    actions.revoke_token(token=token_of(request), now=clock.now())
    return DONE


@router.post("/sign-out/everywhere", auth=Anybodys(), response=answers(Done))
def sign_out_everywhere(request: Request) -> Done:
    """End every session and every token of this login, this one and those of programs too."""
    actions.sign_out_everywhere(login_id=request.auth.id, now=clock.now())
    return DONE


@router.get("/self", auth=Anybodys(), response=answers(SelfOut))
def who(request: Request) -> SelfOut:
    """Who is signed in, with the roles of staff."""
    login = request.auth
    return SelfOut(
        is_staff=login.is_staff,
        roles=sorted(roles_of(login.id)),
        person_ref=login.person.ref if login.person else None,
    )


@router.post("/self/language", auth=Anybodys(), response=answers(Done))
def language(request: Request, idempotency_key: Key, body: LanguageIn) -> HttpResponse:
    """Say in which language messages go to one's phone."""

    def do() -> Done:
        actions.set_language(login_id=request.auth.id, language=body.language)
        return DONE

    return once(request, idempotency_key, body, do)


def _inner(request: HttpRequest, session: SessionBase) -> HttpRequest:
    """A request of its own for allauth, with a session that no cookie names."""
    inner = HttpRequest()
    inner.META = {name: value for name, value in request.META.items() if name != "HTTP_COOKIE"}
    inner.method = "POST"
    inner.session = session
    inner.user = AnonymousUser()
    inner.allauth = SimpleNamespace()  # type: ignore[attr-defined]
    # What allauth would tell on a next page is kept by nobody: there is no next page.
    inner._messages = CookieStorage(inner)  # type: ignore[attr-defined]
    return inner


def _refuse(form: forms.Form, otherwise: Refusal) -> None:
    codes = {error.code for errors in form.errors.as_data().values() for error in errors}
    raise TooManyAttempts() if codes & _LIMITS else otherwise


def _token(login_id: int) -> TokenOut:
    issued = actions.issue_token(login_id=login_id, now=clock.now())
    return TokenOut(token=issued.token, expires_at=issued.expires_at)


def _granted(login_id: int, program: ProgramIn) -> TokenOut:
    issued = actions.grant_token(
        login_id=login_id,
        name=program.name,
        scopes=program.scopes,
        days=MEMBER_TOKEN_LASTS.days,
        now=clock.now(),
    )
    return TokenOut(token=issued.token, expires_at=issued.expires_at)
