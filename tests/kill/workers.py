"""What a worker of these tests does besides living a step: one go at the work, and a look at all.

What is looked at holds no hashes, minutes or references made by chance: a worker that was killed
goes on a little later, and what is signed then has another hash.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime

import pyarrow.parquet as pq
from django.db import IntegrityError

from kill.facts import facts
from sameboat.claims.models import Claim, Evidence
from sameboat.cli.check import run_checks
from sameboat.members.models import Membership
from sameboat.payments import actions as payments
from sameboat.proof.certificate import check_share, parse_share_certificate
from sameboat.proof.entry import chain_id
from sameboat.record.models import Entry
from sameboat.record.queries import chain_entries
from sameboat.runtime.refusals import Refusal
from sameboat.settlement import actions as settlement
from sameboat.settlement.files import files_of
from sameboat.settlement.models import Period
from sameboat.settlement.queries import certificate, shares_of
from society import PLAN

HASH = re.compile(r"[0-9a-f]{64}")
MINUTES = re.compile(r"(\d{4}-\d\d-\d\d[ T]\d\d):\d\d:\d\d(\.\d+)?")


def said(what: str, now: datetime) -> str:
    """Do one thing once; the steps that were done, or why none was."""
    try:
        return _DO[what](now)
    except Refusal as refusal:
        return refusal.code
    except IntegrityError:
        return "integrity_error"


def _settle(now: datetime) -> str:
    return ", ".join(settlement.advance(plan_id=PLAN, now=now))


def _pay(now: datetime) -> str:
    return ", ".join(payments.advance(plan_id=PLAN, now=now))


def _collect(now: datetime) -> str:
    """The stage by itself, without the lock that keeps a second worker out."""
    (period,) = Period.objects.filter(state="ANNOUNCED")
    payments.collect(period_id=period.pk, now=now)
    return "collect"


_DO = {"settle": _settle, "pay": _pay, "collect": _collect}


def seen() -> dict[str, list[str]]:
    """Everything that two lives must have in common, and `wrong`: what `check` finds."""
    found = facts() | {"charges": list(_charges()), "said on the record": list(_bodies())}
    names = _names()
    found = {name: sorted(_plain(line, names) for line in lines) for name, lines in found.items()}
    found["wrong"] = [f"{done.name}: {line}" for done in run_checks() for line in done.findings]
    found["without certificate"] = list(_without_certificate())
    return found


def _names() -> dict[str, str]:
    """What to call whatever got its reference by chance: claims, their payees and documents."""
    names: dict[str, str] = {}
    for claim in Claim.objects.order_by("pk"):
        assert claim.payee_ref
        names |= {claim.ref: f"claim {claim.pk}", claim.payee_ref: f"payee {claim.pk}"}
    return names | {one.ref: f"document {one.pk}" for one in Evidence.objects.all()}


def _plain(text: str, names: dict[str, str]) -> str:
    for reference, name in names.items():
        text = text.replace(reference, name)
    # The pictures show their claim's reference, so that they are packed more or less tightly.
    text = re.sub(r'"size_class": \d+', '"size_class": #', text)
    return MINUTES.sub(r"\1h", HASH.sub("#", text))


def _charges() -> Iterator[str]:
    for period in Period.objects.order_by("publicity_on"):
        places = files_of(period.plan, period.publicity_on)
        for path in (places.shares, places.debits):
            if path.exists():
                rows = pq.read_table(path).to_pylist()
                yield from (f"{period.publicity_on} {path.stem} {row}" for row in rows)


def _bodies() -> Iterator[str]:
    chains = Entry.objects.exclude(chain=None).values_list("chain", flat=True).distinct()
    for chain in {bytes(each) for each in chains if each is not None}:
        for entry in chain_entries(chain):
            body = json.dumps(dict(entry.body), sort_keys=True, default=str)
            yield f"{chain.hex()} {entry.seq} {entry.type} {body}"


def _without_certificate() -> Iterator[str]:
    """Whose share cannot be proven against the settlement that is on the record."""
    settled = Period.objects.filter(due__gt=0, state__in=("ANNOUNCED", "DONE"))
    bodies = {entry.hash: entry.body for entry in chain_entries(chain_id("period", PLAN))}
    for membership in Membership.objects.order_by("pk"):
        for share in shares_of(membership, among=list(settled)):
            found = certificate(membership=membership, period=share.period)
            assert found is not None
            shown = parse_share_certificate(found.share)
            body = bodies[bytes(share.period.settle_entry_hash or b"")]
            if shown.leaf.amount != share.amount or not check_share(shown, body):
                yield f"{membership.ref} {share.period.publicity_on}"
