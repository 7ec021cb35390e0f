"""What members and journalists take away from a settled period: receipts as files, and a policy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner, Result

import pool
from claims.documents_factory import photo
from pool import D
from sameboat.claims.models import Claim, Evidence
from sameboat.claims.queries import evidence_opening
from sameboat.cli import application
from sameboat.members.models import Membership
from sameboat.members.queries import JoinReceipt, join_receipt
from sameboat.record.models import Entry
from sameboat.record.queries import policy_text, receipt
from sameboat.settlement.models import Period
from sameboat.settlement.queries import certificate
from society import ANA, signed_in

SHARES = pool.another(0)
"""Whose join and share are proved; Ana, who was helped, has the claim."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A period in the database, with what is proved about it."""

    claim: Claim
    sharing: Membership
    period: Period


def settled() -> Settled:
    """Ana claims, two others share, and the period of 7 March is announced."""
    ana, other, _ = pool.filled(2)
    claim = pool.proposed(ana)
    period = pool.announced(D)
    claim.refresh_from_db()
    return Settled(claim=claim, sharing=other, period=period)


def exported(to: Path, found: Settled) -> Path:
    """The files of three receipts, as the pages and the API hand them out, and the policy.

    1 is a document of Ana's claim, 2 a join, 3 the certificate of a share.
    """
    evidence = Evidence.objects.filter(claim=found.claim).latest("id")
    entry = evidence_entry(evidence)
    recorded = receipt(bytes(entry.hash))
    joined = join_receipt(login_id=signed_in(SHARES).id, membership_ref=found.sharing.ref)
    shared = certificate(membership=found.sharing, period=found.period)
    policy = policy_text()
    assert recorded and shared and policy
    assert isinstance(joined, JoinReceipt)
    opening = evidence_opening(login_id=signed_in(ANA).id, evidence_ref=evidence.ref)
    files: dict[str, str | bytes] = {
        "policy.json": policy.text,
        "1.tlog-proof": recorded.proof_text,
        "1.entry.json": recorded.entry_bytes,
        "1.opening.json": opening,
        "1.jpg": photo(f"diagnosis {found.claim.ref}"),
        "2.tlog-proof": joined.proof,
        "2.entry.json": joined.entry,
        "2.join.json": joined.join,
        "3.tlog-proof": shared.proof,
        "3.entry.json": shared.entry,
        "3.share.json": shared.share,
    }
    for name, content in files.items():
        (to / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return to


def evidence_entry(evidence: Evidence) -> Entry:
    """The entry of the record that holds the document's commitment."""
    commitment = bytes(evidence.commitment).hex()
    chain = bytes.fromhex(evidence.claim.ref)
    entries = Entry.objects.filter(chain=chain, type="evidence.add")
    return next(each for each in entries if commitment.encode() in bytes(each.content))


def sameboat(*arguments: str, given: str = "") -> Result:
    """Run a command that needs no database of its own."""
    return CliRunner().invoke(application([arguments[0]]), list(arguments), input=given)


def verify(folder: Path, number: int, *more: str, given: str = "") -> Result:
    """`sameboat verify` of one receipt of `folder`, by the policy beside it."""
    return sameboat(
        "verify",
        str(folder / f"{number}.tlog-proof"),
        *("--policy", str(folder / "policy.json"), "--lang", "en", *more),
        given=given,
    )
