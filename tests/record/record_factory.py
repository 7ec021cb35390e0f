"""Entries for tests: a plan's days and a claim's first steps, as their owners would write them."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta

from sameboat.proof.canonical import Json
from sameboat.proof.entry import chain_id
from sameboat.record.actions import Added, add_entry
from sameboat.rules.record import EMPTY_ROOT

NOW = datetime(2019, 1, 24, 1, 0, tzinfo=UTC)
PLAN = "xiang-hu-bao"
MEMBERS = chain_id("members", PLAN)
FIRST_DAY = date(2019, 1, 1)


def tree(count: int) -> dict[str, Json]:
    return {"count": count, "root": "11" * 32 if count else EMPTY_ROOT}


def day_body(day: date, *, joins: int, ends: dict[str, int], active: int) -> dict[str, Json]:
    return {
        "plan": PLAN,
        "day": day.isoformat(),
        "joins": tree(joins),
        "returns": tree(0),
        "ends": {**tree(sum(ends.values())), "by_reason": ends},
        "active": active,
    }


def add_day(number: int, *, joins: int = 1, active: int | None = None) -> Added:
    """The `number`-th day of the plan (from 0), on each of which one person joins."""
    body = day_body(
        FIRST_DAY + timedelta(days=number),
        joins=joins,
        ends={},
        active=number + 1 if active is None else active,
    )
    return add_entry(chain=MEMBERS, type="members.day", body=body, roles=["intake"], now=NOW)


def claim_chain(number: int) -> bytes:
    return hashlib.sha256(f"claim {number}".encode()).digest()[:16]


def open_claim(number: int, *, now: datetime = NOW) -> Added:
    """Ana's claim of that number is opened, with what her entry would say."""
    body: dict[str, Json] = {"claimant": "22" * 32, "plan": PLAN, "version": "2018-11"}
    return add_entry(
        chain=claim_chain(number), type="claim.open", body=body, roles=["intake"], now=now
    )


def add_evidence(number: int, piece: int = 0) -> Added:
    body: dict[str, Json] = {"commitment": f"{piece:064x}", "kind": "diagnosis"}
    return add_entry(
        chain=claim_chain(number), type="evidence.add", body=body, roles=["intake"], now=NOW
    )
