"""A society in which every verb has something to be done to, and who is in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.test import Client

from browser.test_staff_pages import NOW, society_of_pages
from console.staff import (
    AUDITOR,
    CHILDRENS,
    DESIGNER,
    FINANCE,
    HANDLER,
    INTEGRATOR,
    SECOND,
    SUPERVISOR,
    at_desk,
)
from pool import INSURER, INVESTIGATOR, another
from sameboat.claims.actions.uploads import begin_upload
from sameboat.claims.models import Claim
from sameboat.claims.queries import claim_for_claimant
from sameboat.identity import actions as identity
from sameboat.identity.models import Login, Verification
from sameboat.members.models import Membership
from sameboat.webhooks.actions import set_up_endpoint
from society import PLAN, Somebody, signed_in

STAFF = (
    *(HANDLER, SECOND, SUPERVISOR, INSURER, INVESTIGATOR),
    *(FINANCE, DESIGNER, AUDITOR, CHILDRENS, INTEGRATOR),
)
ILL, DOUBTER = another(20), another(1)
"""Whose case is shown, and a member of the same plan who objected to it."""


@dataclass(frozen=True)
class Caller:
    """Somebody as a browser and as a program."""

    name: str
    client: Client
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}


@dataclass(frozen=True)
class World:
    """The callers, and what the blanks of an address are filled with."""

    callers: tuple[Caller, ...]
    published: Claim
    assessed: str
    """A claim that was investigated and waits for a decision."""
    half_decided: Claim
    verification: str
    """That of the claimant."""
    upload: str
    """A document of the claimant, under way in pieces."""
    leaf: str
    """An entry of the record."""
    webhook: str
    """An endpoint of the integrator."""

    def known(self) -> dict[str, str]:
        """What the fields of a body are filled with that must name something."""
        membership: Membership = self.published.membership
        return {
            "purpose": "publication",
            "plan": PLAN,
            "url": "http://127.0.0.1:9/hook",
            "person_ref": membership.person.ref,
            "membership_ref": membership.ref,
        }

    def refs(self) -> dict[str, str]:
        """A reference for each kind of thing, by the part of an address that is before it."""
        membership: Membership = self.published.membership
        return {
            "claims": self.published.ref,
            "cases": self.published.ref,
            "new": membership.ref,
            "cover": membership.ref,
            "memberships": membership.ref,
            "shares": membership.ref,
            "share": membership.ref,
            "join": membership.ref,
            "claim": self.published.ref,
            "verifications": self.verification,
            "receipts": self.leaf,
            "uploads": self.upload,
            "persons": membership.person.ref,
            "data": membership.person.ref,
            "members": membership.person.ref,
            "evidence": self.published.evidence.earliest("id").ref,
            "documents": self.published.evidence.earliest("id").ref,
            "objections": self.published.objections.get().ref,
            "webhooks": self.webhook,
        }


def world() -> World:
    """Everybody is there, and every claim stands where its verbs need it."""
    published, _sealed, assessed, decided = society_of_pages()
    members = [_member("claimant", ILL), _member("member", DOUBTER)]
    staff = [_staff(each) for each in STAFF]
    return World(
        callers=(Caller("nobody", Client()), *members, *staff),
        published=published,
        assessed=assessed,
        half_decided=Claim.objects.get(ref=decided),
        upload=_begun(published),
        leaf=claim_for_claimant(login_id=signed_in(ILL).id, ref=published.ref)
        .history[0]
        .hash.hex(),
        webhook=_told(),
        verification=Verification.objects.filter(login=signed_in(ILL)).earliest("id").ref,
    )


def _told() -> str:
    made = set_up_endpoint(
        login_id=signed_in(INTEGRATOR).id,
        url="http://127.0.0.1:9/hook",
        types=["claim.moved"],
        now=NOW,
    )
    return made.ref


def _begun(claim: Claim) -> str:
    own = signed_in(ILL).id
    begun = begin_upload(
        login_id=own,
        claim_ref=claim.ref,
        kind="other",
        length=1_000_000,
        device_hash="0" * 64,
        now=NOW,
    )
    return begun.ref


def _member(name: str, somebody: Somebody) -> Caller:
    client = Client()
    login = signed_in(somebody)
    client.force_login(login)
    return Caller(name, client, _token(login))


def _staff(somebody: Somebody) -> Caller:
    client = at_desk(somebody)
    return Caller(somebody.roles[0].value, client, _token(signed_in(somebody)))


def _token(login: Login) -> str:
    return identity.issue_token(login_id=login.id, now=NOW).token


@dataclass(frozen=True)
class Examples:
    """Values that the schemas of an API accept; what they mean is of no matter, but for `known`."""

    definitions: dict[str, Any]
    known: dict[str, str]
    """Values of fields that must name something, or it is not found."""

    def of(self, schema: dict[str, Any]) -> Any:
        """A value for a schema."""
        if "$ref" in schema:
            return self.of(self.definitions[schema["$ref"].rpartition("/")[2]])
        for key in ("anyOf", "oneOf", "allOf"):
            if key in schema:
                return self.of(schema[key][0])
        if "enum" in schema or "const" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        return self._plain(schema)

    def _plain(self, schema: dict[str, Any]) -> Any:
        kind = schema.get("type")
        if kind == "object":
            inner = schema.get("properties", {})
            needed = schema.get("required", [])
            return {name: self.known.get(name) or self.of(inner[name]) for name in needed}
        if kind == "array":
            return [self.of(schema["items"])]
        if kind == "string":
            return _text(schema)
        return {"integer": max(1, schema.get("minimum", 1)), "boolean": True}.get(kind or "")


def _text(schema: dict[str, Any]) -> str:
    """The first of some texts that the format and the pattern let through."""
    dated = {"date": "2026-03-20", "date-time": "2026-03-20T09:00:00Z"}
    if schema.get("format") in dated:
        return dated[schema["format"]]
    plain = "a" * max(1, schema.get("minLength", 1))
    tried = (plain, "1", "0" * 32, "0" * 64, "100.00", "2026-03-20", "+8613800000001")
    return next(text for text in tried if re.search(schema.get("pattern", ""), text))
