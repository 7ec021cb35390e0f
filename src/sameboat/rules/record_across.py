"""What binds chains of the record together, judged from the log alone, entry by entry in its order.

`rules.record.judge` sees one chain. Here is what one chain must have said before another one may
say something: that sharing ends, before a period is shared by nobody. Entries come here that stand
on their own chain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sameboat.rules.membership import SHARING_STATUSES
from sameboat.rules.record import Broken, Checked


@dataclass(frozen=True, slots=True)
class LogFacts:
    """What the log has said so far that other chains are bound by."""

    ended: frozenset[str] = frozenset()
    """Plans whose end is announced."""


def judge_across(facts: LogFacts, entry: Checked) -> LogFacts | Broken:
    """The facts after `entry`, or the rule between chains that it breaks."""
    plan = str(entry.body.get("plan", ""))
    if entry.type == "plan.end":
        return replace(facts, ended=facts.ended | {plan})
    if entry.type == "period.settle" and _falls_to_sponsor(entry.body) and plan not in facts.ended:
        return Broken("nobody_shares", f"nobody shares, and no end of {plan} stands before it")
    return facts


def _falls_to_sponsor(body: Mapping[str, object]) -> bool:
    """Whether there is a cost that the sponsor bears whole because nobody was counted to share it.

    A part is the sponsor's too where a cap leaves it and what was carried in pays the members'
    part: then nothing is due, and a period in which nothing is due has no classes.
    """
    parts = [body.get(name) for name in ("aid", "fee", "extra")]
    cost = sum(part for part in parts if isinstance(part, int))
    return cost > 0 and body.get("sponsored") == cost and not _sharing(body)


def _sharing(body: Mapping[str, object]) -> bool:
    """Whether any class of those who share has members; a table of classes tells only how many."""
    table, rows = body.get("class_table"), body.get("classes")
    if isinstance(table, dict):
        return table.get("count") != 0
    assert isinstance(rows, list)
    return any(row["status"] in SHARING_STATUSES and row["count"] > 0 for row in rows)
