"""Who has helped more is helped more, where the terms say so."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import pool
from sameboat.claims.checking import aids_possible
from society import ANA

pytestmark = pytest.mark.django_db(transaction=True)

LADDER = """
helped = [{ from_claims = 0, rate = "0.5" }, { from_claims = 1, rate = "1" }]
lump_sum_rate = "1"
"""


def test_one_claim_shared_before_is_the_step_to_the_whole_aid(tmp_path: Path) -> None:
    source = b"[version.benefit.source]\n"
    changes = {
        b'\nlump_sum_rate = "1"\n': LADDER.encode(),
        source: source + b'helped = "assumed: for this test"\n',
    }
    ana, mei = pool.filled(1, rulebook=pool.rulebook_with(changes, tmp_path))
    first = pool.proposed(mei, pool.another(0), row="severe-59")
    assert first.aid == 5_000, "nobody was helped before"
    pool.announced()
    first.refresh_from_db()
    assert first.period_on == pool.D
    now = pool.at(date(2026, 3, 18), 9)
    later = pool.sealed(ana, ANA, diagnosed_on=date(2026, 3, 17), now=now)
    assert aids_possible(later)[0].aid.amount == 30_000
