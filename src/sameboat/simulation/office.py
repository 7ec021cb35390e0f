"""The staff of the demo: one person for each part, with a second factor that the printout tells."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from sameboat.identity.actions import make_staff
from sameboat.identity.roles import Role
from sameboat.simulation.claimants import facts_of
from sameboat.simulation.client import Client, Problem
from sameboat.simulation.society import staff

PASSWORD = "all in the same boat"  # noqa: S105 - of the demo alone, and printed
TOTP_SECONDS = 30
PARTS: dict[str, tuple[Role, ...]] = {
    "handler": (Role.CASE_HANDLER, Role.CHILDREN),
    "second": (Role.SECOND_DECIDER, Role.CHILDREN),
    "supervisor": (Role.SUPERVISOR,),
    "insurer": (Role.INSURER, Role.CHILDREN),
    "investigator": (Role.INVESTIGATOR, Role.CHILDREN),
    "finance": (Role.FINANCE,),
    "designer": (Role.PLAN_DESIGNER,),
    "auditor": (Role.AUDITOR,),
    "integrator": (Role.INTEGRATOR,),
}
"""The supervisor is without the role for children's data, so that the queue shows what that is."""


@dataclass(frozen=True, slots=True)
class Desk:
    """How somebody of the staff signs in."""

    name: str
    role: str
    secret: str

    def code(self, at: datetime) -> str:
        """The code of the second factor at an instant of the real world."""
        return str(format_hotp_value(hotp_value(self.secret, int(at.timestamp()) // TOTP_SECONDS)))

    def signed_in(self, api: Client, clock: Callable[[], datetime]) -> Client:
        """A client with this person's access token; `clock` tells the real time."""
        try:
            return api.staff_signed_in(self.name, PASSWORD, self.code(clock()))
        except Problem as problem:
            if problem.code != "wrong_secret":
                raise
            # The half minute ended on the way: the code was right when it was sent.
            return api.staff_signed_in(self.name, PASSWORD, self.code(clock()))


def desks(seed: int) -> dict[str, Desk]:
    """Everybody of the staff, by login name; the same seed gives the same secrets."""
    return {
        name: Desk(name=name, role=" + ".join(roles), secret=_secret(f"{seed} {name}"))
        for name, roles in PARTS.items()
    }


def hire(seed: int, *, now: datetime) -> None:
    """Make the logins: an operator's work, for which the API has no verb."""
    people = staff(seed=seed, count=len(PARTS), today=now.date())
    for desk, human in zip(desks(seed).values(), people, strict=True):
        make_staff(
            name=desk.name,
            password=PASSWORD,
            person=facts_of(human),
            roles=PARTS[desk.name],
            totp_secret=desk.secret,
            now=now,
        )


def _secret(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()[:20]).decode()
