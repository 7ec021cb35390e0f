"""Telling claimants what happened to their claim: what is on the record is told, nothing before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import cast

from django.db.models import Q

from sameboat.claims.models import Claim, NewsMark
from sameboat.gateways.messaging import SEND_MAX, Message, link, provider
from sameboat.gateways.resting import asking
from sameboat.identity.models import Login
from sameboat.identity.queries import reader_of
from sameboat.record.queries import EntryLine, log_size, recorded_between
from sameboat.rules.money import Fen, yuan
from sameboat.runtime.failpoints import reach

TEMPLATE_OF: Mapping[str, str] = MappingProxyType(
    {
        "evidence.ask": "evidence_asked",
        "decision.decline": "claim_moved",
        "publicity.open": "claim_moved",
        "decision.final": "claim_moved",
        "claim.reopen": "claim_moved",
        "board.verdict": "claim_moved",
        "payout.confirm": "aid_paid",
    }
)
"""The entries of a claim's chain that the claimant is told of, and in which sentence."""


def tell_claimants(*, now: datetime) -> int:
    """Send the news of all claims that was recorded since the last time; the number of messages.

    Some entries at a time. Killed and run again, or run twice at once, nobody is told twice: each
    message has a key. Nothing is marked as told before it is sent.
    """
    mark, _ = NewsMark.objects.get_or_create(pk=1)
    reach("claims.tell.mark")
    size, told = log_size(), 0
    while mark.up_to < size:
        end = min(size, mark.up_to + SEND_MAX)
        messages = _messages(recorded_between(mark.up_to, end, TEMPLATE_OF.keys()))
        if messages:
            with asking("messaging", now=now):
                provider().send(*messages, now=now)
            reach("claims.tell.sent")
        moved = NewsMark.objects.filter(pk=mark.pk, up_to=mark.up_to).update(up_to=end)
        reach("claims.tell.up_to")
        if moved != 1:
            break  # Another worker tells the rest.
        mark.up_to, told = end, told + len(messages)
    return told


def _messages(entries: list[tuple[bytes, EntryLine]]) -> list[Message]:
    """A message for each of these entries to everybody who is told of its claim."""
    refs = {chain.hex() for chain, _ in entries}
    rows = Claim.objects.filter(ref__in=refs).select_related("filed_by", "membership__household")
    claims = {claim.ref: claim for claim in rows}
    return [
        _message(claims[chain.hex()], entry, reader)
        for chain, entry in entries
        for reader in who_is_told(claims[chain.hex()])
        # A claim reopened and accepted with the same aid is paid out without any money.
        if entry.body.get("paid") != 0
    ]


def who_is_told(claim: Claim) -> list[Login]:
    """Who hears of a claim: whoever filed; after their death everybody who can go on with it."""
    if claim.filed_by.is_active:
        found = [claim.filed_by]
    else:
        ill, payer = claim.membership.person_id, claim.membership.household.payer_id
        acts = Q(person__in=(ill, payer)) | Q(person__relations__relative=ill)
        logins = Login.objects.filter(acts, is_staff=False, is_active=True)
        found = list(logins.distinct().order_by("pk"))
    return [login for login in found if login.sealed_phone is not None]


def _message(claim: Claim, entry: EntryLine, reader: Login) -> Message:
    template = TEMPLATE_OF[entry.type]
    data = {"claim": claim.ref[:8]}
    if template == "aid_paid":
        data["amount"] = yuan(Fen(cast(int, entry.body["paid"])))
    else:
        data["link"] = link(f"/claims/{claim.ref}")
    if template == "evidence_asked":
        data["due_on"] = str(entry.body["due_on"])
    to = reader_of(reader)
    assert to is not None
    # Whoever filed is told under the entry's own key, as before there were other readers.
    other = "" if reader.pk == claim.filed_by_id else f"/{reader.pk}"
    return Message(
        key=to.key(f"claim-news/{entry.hash.hex()}{other}"),
        to=to.phone,
        template=template,
        data=data,
        language=to.language,
    )
