"""Rulebooks that nobody has written: valid files of which everything about sharing is drawn.

What was drawn is kept in plain numbers beside the file, so that a test that computes from them
also finds a value that is read wrongly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from rules import rulebook_example as example
from rules.naive_share import Rule

Table = dict[str, Any]
RHYTHMS = (([7, 21], [14, 28]), ([1, 11, 21], [8, 18, 28]), ([15], [25]))
TIERS = ([""], ["basic"], ["basic", "more"])


@dataclass(frozen=True)
class Drawn:
    """A rulebook file, and what it says of a period on a day."""

    toml: str
    on: date
    rule: Rule
    per_year: int | None
    weights: dict[str, int]
    """By the name of the class; one without a name where there are none."""

    def saved(self, folder: Path) -> Path:
        """The rulebook with its list, as a file."""
        for name, content in example.files(self.toml).items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        return folder / example.NAME


@st.composite
def rulebooks(draw: st.DrawFn) -> Drawn:
    """Two versions, of which the second changes the fee; the period is under either."""
    document = example.tables()
    first, second = document["version"]
    tiers = draw(st.sampled_from(TIERS))
    bands = draw(classes(tiers))
    caps = {name: draw(st.none() | st.integers(1, 400)) for name in CAPS}
    fees = [draw(fees_written()) for _ in (first, second)]
    excess = draw(st.sampled_from(["sponsor", "reshare"]))
    publicity, debits = draw(st.sampled_from(RHYTHMS))
    year = draw(st.sampled_from([2020, 2021]))
    on = date(year, draw(st.integers(1, 12)), draw(st.sampled_from(publicity)))
    first["benefit"] |= rows_of(tiers)
    first["calendar"] |= {"publicity_days": publicity, "debit_days": debits}
    first["waiting"] |= {
        "members_share": draw(st.booleans()),
        "days_by_age": draw(st.lists(waiting_steps, max_size=2, unique_by=_from_years)),
    }
    first["waiting"]["days_by_age"].sort(key=_from_years)
    first["sharing"] |= {
        "fee_rate": fees[0][0],
        "excess": excess,
        "head_count": draw(st.sampled_from(["lock", "end_of_last_period"])),
        "aided_members_share": draw(st.booleans()),
        "classes": bands,
        "waivers": draw(st.lists(waivers(on), max_size=1)),
        **{name: "none" if cap is None else draw(written(cap)) for name, cap in caps.items()},
    }
    second["sharing"]["fee_rate"] = fees[1][0]
    return Drawn(
        toml=example.written(document),
        on=on,
        rule=Rule(
            rate=fees[year - 2020][1],
            per_claim=caps["cap_per_claim"],
            per_period=caps["cap_per_period"],
            reshare=excess == "reshare",
        ),
        per_year=caps["cap_per_year"],
        weights={band["name"]: band["weight"] for band in bands} or {"": 1000},
    )


CAPS = ("cap_per_claim", "cap_per_period", "cap_per_year")
waiting_steps = st.builds(
    lambda years, days: {"from_years": years, "days": days},
    st.integers(1, 60),
    st.integers(0, 200),
)


def _from_years(step: Table) -> int:
    years: int = step["from_years"]
    return years


@st.composite
def fees_written(draw: st.DrawFn) -> tuple[str, Fraction]:
    """A rate as a designer may write it, as a decimal or as a fraction, and what it is."""
    if draw(st.booleans()):
        number = draw(st.integers(0, 1_000))
        return f"{number // 1_000}.{number % 1_000:03d}", Fraction(number, 1_000)
    of = draw(st.integers(1, 40))
    part = draw(st.integers(0, of))
    return f"{part}/{of}", Fraction(part, of)


def written(fen: int) -> st.SearchStrategy[Any]:
    """Yuan as text, or as a whole number where it is one."""
    text = f"{fen // 100}.{fen % 100:02d}"
    return st.sampled_from([text, fen // 100] if fen % 100 == 0 else [text])


@st.composite
def classes(draw: st.DrawFn, tiers: list[str]) -> list[Table]:
    """None, or bands over all ages: the same for every tier, or others for each."""
    if draw(st.booleans()):
        return []
    found: list[Table] = []
    of_tiers: list[str | None] = [*tiers] if draw(st.booleans()) else [None]
    for tier in of_tiers:
        cuts = sorted(draw(st.sets(st.integers(1, 59), max_size=3)))
        for low, following in pairwise((0, *cuts, 60)):
            band: Table = {
                "name": f"class-{len(found)}",
                "weight": draw(st.integers(1, 4_000)),
                "ages": [low, following - 1],
            }
            found.append(band if tier is None else band | {"tier": tier})
    return found


def waivers(on: date) -> st.SearchStrategy[Table]:
    """This period, or another one, is let off for who had joined by some day of the last year."""
    joined_by = st.dates(date(on.year - 1, on.month, 1), on)
    days = st.sampled_from([on, date(2020, 6, 7)])
    return st.builds(lambda day, by: {"publicity_on": day, "joined_by": by}, days, joined_by)


def rows_of(tiers: list[str]) -> Table:
    """A table of benefits that has every tier."""
    rows = [
        {"id": f"severe-{tier or 'all'}", "ages": [0, 59], "severity": "severe", "tier": tier}
        | {"amount": 300_000 + number}
        for number, tier in enumerate(tiers)
    ]
    rows.append({"id": "mild", "ages": [0, 59], "severity": "mild", "amount": 50_000})
    rows[-1]["tier"] = tiers[0]
    named = [{"id": tier, "zh": f"{tier}档", "en": f"tier {tier}"} for tier in tiers]
    return {"rows": rows, "tiers": named}
