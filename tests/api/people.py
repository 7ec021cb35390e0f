"""The people of the suite, as they call the API."""

from __future__ import annotations

import time
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache

import society
from sameboat.identity import actions as identity
from sameboat.runtime import clock
from sameboat.simulation.client import Client
from society import PLAN, Somebody


def member(api: Client, somebody: Somebody) -> Client:
    """Signed in by the code on their phone. Limits are tested elsewhere."""
    cache.clear()
    return api.demo_signed_in(somebody.phone)


def staff(api: Client, somebody: Somebody) -> Client:
    """Signed in with password and second factor; a code is good for one sign-in only."""
    cache.clear()
    society.signed_in(somebody)
    code = format_hotp_value(hotp_value(society.TOTP_SECRET, int(time.time()) // 30))
    return api.staff_signed_in(somebody.staff_name, society.STAFF_PASSWORD, code)


def as_staff(api: Client, somebody: Somebody) -> Client:
    """Staff who have signed in already, whatever the time is."""
    login = society.signed_in(somebody)
    return api.with_token(identity.issue_token(login_id=login.id, now=clock.now()).token)


def verified(own: Client, somebody: Somebody, *, relation: str = "self") -> str:
    """Their person, once the gateway has answered."""
    ref = own.verify(
        relation=relation,
        document_kind="resident_id",
        document_number=somebody.number,
        name=somebody.name,
    )
    identity.answer_verification(ref=ref, now=clock.now())
    person = own.verification(ref)["person_ref"]
    assert isinstance(person, str)
    return person


def application(api: Client, person_ref: str) -> dict[str, Any]:
    """What somebody healthy says who joins."""
    terms, questions = api.terms(PLAN), api.questions(PLAN)
    return {
        "person_ref": person_ref,
        "plan": PLAN,
        "answers": {each["id"]: not each["bars_on"] for each in questions["questions"]},
        "questions_version": questions["version"],
        "disclosure_version": api.disclosure(PLAN)["version"],
        "occupation_class": next(iter(terms["joining"]["occupation_classes"]), ""),
        "region": next(iter(terms["joining"]["regions"]), ""),
    }


def joined(api: Client, somebody: Somebody) -> tuple[Client, str]:
    """Their client and their membership."""
    own = member(api, somebody)
    membership = own.join(**application(api, verified(own, somebody)))
    return own, membership["ref"]
