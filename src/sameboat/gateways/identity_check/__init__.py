"""Is there a person of this name and document? What every identity provider can do.

What is asked is personal: a provider keeps none of it and writes none of it to a log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol, cast

from sameboat import gateways
from sameboat.rules.documents import DocumentKind, Sex
from sameboat.runtime.settings import settings


class Outcome(StrEnum):
    """What the identity provider says."""

    MATCH = "match"
    MISMATCH = "mismatch"
    """There is such a document, of another name."""
    UNKNOWN = "unknown"
    """There is no such document."""
    TIMEOUT = "timeout"
    """No answer in time: nothing is known, ask again later."""
    DECEASED = "deceased"
    MINOR = "minor"
    """The name matches; the person is not of age, so a guardian must act."""


@dataclass(frozen=True, slots=True)
class IdentityAnswer:
    """The outcome; birth and sex only with MATCH, MINOR or DECEASED and where they are known.

    Where they are not (a passport), the applicant states them.
    """

    outcome: Outcome
    born_on: date | None = field(default=None, repr=False)
    sex: Sex | None = None


class IdentityProvider(Protocol):
    """One question. Asking again is harmless."""

    def check(
        self, *, document_kind: DocumentKind, document_number: str, name: str
    ) -> IdentityAnswer:
        """Compare name and document; the number may be written as people write it."""

    def example(self, outcome: Outcome) -> tuple[DocumentKind, str, str]:
        """Kind, number and name in the provider's test environment that give the outcome."""


def provider() -> IdentityProvider:
    """The provider that the settings name."""
    return cast(IdentityProvider, gateways.load("identity_check", settings().identity_gateway))
