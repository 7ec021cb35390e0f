"""A period settled on a file of members, without a database: the platform's own expressions.

For actuaries, auditors and tests: what `settlement.actions.share` writes for a period, this writes
for a file. Both results stand in the folder when it returns, or neither is touched.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sameboat.rules.calendar import previous_publicity_day
from sameboat.rules.money import Fen
from sameboat.rules.quote import Quote
from sameboat.rules.terms import Plan, PlanTerms
from sameboat.settlement import engine
from sameboat.settlement.dividing import charges_of, divide_among
from sameboat.settlement.member_files import write_members


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCount:
    """Members who stand alike and are charged alike."""

    status: str
    amount: Fen
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShare:
    """A period computed from a file."""

    quote: Quote
    classes: tuple[StatusCount, ...]
    payers: int


def share_file(
    members: Path,
    *,
    plan: Plan,
    terms: PlanTerms,
    on: date,
    claims: Sequence[Fen],
    carried_in: Fen,
    extra: Fen,
    recovered: Fen,
    out: Path,
) -> FileShare:
    """Divide a period among the members of a file; writes `shares.parquet`, `debits.parquet`.

    `terms` is the version in force on `on`, the publicity day. Raises `BadRows` for rows that
    cannot be right; then nothing is written.
    """
    lock = engine.Lock(
        plan=plan.id,
        publicity_on=on,
        previous_publicity_on=previous_publicity_day(plan, before=on),
        terms=terms,
        aided=(),
        charged_before=None,
    )
    with tempfile.TemporaryDirectory(dir=_nearest_folder(out), prefix=".share-") as name:
        drafts = Path(name)
        snapshot, whole = drafts / "snapshot.parquet", drafts / "whole.parquet"
        shares, debits = drafts / "shares.parquet", drafts / "debits.parquet"
        write_members(members, terms=terms, on=on, to=snapshot)
        standings = engine.standings(snapshot, lock)
        divided = divide_among(
            standings,
            terms=terms.sharing,
            claims=claims,
            carried_in=carried_in,
            recovered=recovered,
            extra=extra,
        )
        engine.write_shares(snapshot, lock, charges_of(standings, divided), to=whole)
        engine.write_debits(whole, to=debits)
        engine.write_columns(whole, ("member", "status", "amount"), to=shares)
        by_member, by_payer, payers = engine.totals(shares, debits)
        assert by_member == by_payer == divided.charged, "the files do not add up to the charge"
        counts = engine.status_counts(shares)
        out.mkdir(parents=True, exist_ok=True)
        for draft in (shares, debits):
            draft.replace(out / draft.name)
    return FileShare(
        quote=Quote(
            plan=plan.id,
            version=terms.version,
            on=on,
            terms=terms.sharing,
            claims=tuple(claims),
            share=divided,
        ),
        classes=tuple(StatusCount(status=s, amount=a, members=n) for s, a, n in counts),
        payers=payers,
    )


def _nearest_folder(out: Path) -> Path:
    """The folder itself or the first above it that is there: nothing is made before all is well."""
    return next(folder for folder in (out, *out.absolute().parents) if folder.exists())
