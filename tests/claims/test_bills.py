"""Aid against bills: what was stated is what is paid, within the row and with its working."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

import pool
import society
from sameboat.claims.actions.assessment import NothingDue
from sameboat.claims.checking import aids_possible, facts_of
from sameboat.claims.life import terms_of
from sameboat.rules.checks import check_claim
from society import ANA
from web.pages import client_of, text_of

pytestmark = pytest.mark.django_db(transaction=True)


def against_bills(folder: Path, part: str) -> Path:
    """The demonstration plan, of which `part` is paid at once and the rest against bills."""
    return pool.rulebook_with(
        {b'\nlump_sum_rate = "1"\n': f'\nlump_sum_rate = "{part}"\n'.encode()}, folder
    )


@pytest.mark.parametrize(("bills", "aid"), [(0, 6_000), (10_000, 16_000), (99_000_000, 30_000)])
def test_a_fifth_at_once_and_the_rest_against_bills(tmp_path: Path, bills: int, aid: int) -> None:
    ana, *_ = pool.filled(1, rulebook=against_bills(tmp_path, "0.2"))
    claim = pool.proposed(ana, bills=bills)
    assert claim.aid == aid
    (due, *_) = aids_possible(claim)
    assert due.working[-1].en == f"The aid is {aid // 100}.00 yuan."


def test_without_bills_nothing_is_due_where_only_bills_are_paid(tmp_path: Path) -> None:
    ana, *_ = pool.filled(1, rulebook=against_bills(tmp_path, "0"))
    with pytest.raises(NothingDue):
        pool.proposed(ana)
    claim = ana.claims.get()
    failed = [c.code for c in check_claim(facts_of(claim), terms_of(claim)) if c.outcome == "fail"]
    assert failed == ["benefit"]


@pytest.mark.parametrize(("part", "is_asked"), [("0.2", True), ("1", False)])
def test_the_page_asks_for_bills_where_the_aid_depends_on_them(
    tmp_path: Path, part: str, is_asked: bool
) -> None:
    society.running(changed=against_bills(tmp_path, part))
    ana = society.joined(ANA)
    client: Client = client_of(ANA)
    client.post(reverse("web:claim_illness", args=[ana.ref]), {"illness": "1"})
    page = client.get(reverse("web:claim_facts", args=[ana.ref]))
    assert ("All bills of this illness so far" in text_of(page)) is is_asked
    if is_asked:
        told = client.post(reverse("web:claim_facts", args=[ana.ref]), {"bills": "much"})
        assert "Type the amount in yuan" in text_of(told)
    assert ana.joined_on == date(2026, 3, 2)
