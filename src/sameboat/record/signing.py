"""The record's keys in mode `local`: all in the key store of this installation, one for each role.

So the record shows that nothing was changed afterwards, not that the roles are different people:
its receipts say LOCAL.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sameboat.proof.canonical import Json
from sameboat.proof.note import ED25519, verifier_key
from sameboat.proof.policy import Submitter, policy_object
from sameboat.runtime.keys import keystore
from sameboat.runtime.settings import settings

LOG, TICKET = "log", "ticket"
ROLES_OF_KEY = {
    "intake": ("intake",),
    "operator": ("operator",),
    "second": ("quorum", "second"),  # Two second deciders stand for the organisations' quorum.
    "insurer": ("insurer",),
    "investigator": ("investigator",),
    "sponsor": ("sponsor",),
    "payment": ("payment",),
}
"""In which roles each signing key may sign."""
ORGANISATION = "operator"

_KEY_OF_ROLE = {role: key for key, roles in ROLES_OF_KEY.items() for role in roles}
RoleName = Literal[
    "intake", "operator", "second", "quorum", "insurer", "investigator", "sponsor", "payment"
]


def make_keys() -> None:
    """Make the signing keys that are missing."""
    for name in (*ROLES_OF_KEY, LOG, TICKET):
        keystore().get_or_create("signing", name)


def private_key(name: str) -> Ed25519PrivateKey:
    """The signing key of that name; refused (KeyMissing) before the record was started."""
    return _key_of(keystore().get("signing", name))


@lru_cache(maxsize=32)
def _key_of(seed: bytes) -> Ed25519PrivateKey:
    """Deriving the key takes longer than signing with it."""
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_key(name: str) -> bytes:
    """The raw public key of that name."""
    return private_key(name).public_key().public_bytes_raw()


def signers(roles: Sequence[str]) -> list[tuple[Ed25519PrivateKey, str]]:
    """Key and role for each of `roles`; a role that no key has is a mistake of ours."""
    assert roles, "an entry needs a signature"
    assert set(roles) <= _KEY_OF_ROLE.keys(), f"no key signs as one of {roles}"
    return [(private_key(_KEY_OF_ROLE[role]), role) for role in roles]


def first_policy() -> dict[str, Json]:
    """Version 1 of this installation's policy: the log's own signature is enough."""
    log = verifier_key(settings().record_origin, ED25519, public_key(LOG))
    return policy_object(
        tlog_policy=f"log {log}\nquorum none\n",
        ticket_key=public_key(TICKET),
        independent=False,
        version=1,
        prev=None,
        keys=[
            Submitter(public_key(name).hex(), ORGANISATION, roles)
            for name, roles in ROLES_OF_KEY.items()
        ],
    )
