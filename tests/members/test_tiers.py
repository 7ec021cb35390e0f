"""A tier is chosen at joining, decides the aid, and who may be carried is what the terms say."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

import pool
import society
from sameboat.members.actions.joining import NotEligible
from sameboat.members.models import Membership
from sameboat.plans.queries import plan
from sameboat.rules.benefit import benefit_row
from sameboat.runtime import clock
from society import ANA, BAO, PLAN, WEN
from web.pages import client_of, text_of
from web.test_join import AGREED, healthy, identified, post

pytestmark = pytest.mark.django_db

TIERS = """
tiers = [
    { id = "", zh = "标准档", en = "the whole aid" },
    { id = "entry", zh = "入门档", en = "half the aid for half the share" },
]
lump_sum_rate = "1"
"""
ROW = '{ id = "severe-59", ages = [40, 59], severity = "severe", amount = 100 },'
ENTRY = '{ id = "entry", ages = [0, 59], severity = "severe", tier = "entry", amount = 90 },'


def tiered(folder: Path) -> Path:
    """The demonstration plan with an entry tier."""
    source = "[version.benefit.source]\n"
    changes = {
        '\nlump_sum_rate = "1"\n': TIERS,
        ROW: f"{ROW}\n    {ENTRY}",
        source: f'{source}tiers = "assumed: for this test"\n',
    }
    return pool.rulebook_with({old.encode(): new.encode() for old, new in changes.items()}, folder)


def choose(client: Client, tier: str) -> str:
    """Join by the pages; what the last one says."""
    identified(client, ANA)
    client.get(reverse("web:join_verification", args=[PLAN]), follow=True)
    post(client, "questions", **healthy(), tier=tier)
    post(client, "agree", **AGREED, version=plan(PLAN).disclosure_version)
    return text_of(post(client, "check"))


@pytest.mark.parametrize(
    ("chosen", "tier", "aid"), [("entry", "entry", 9_000), ("ordinary", "", 30_000)]
)
def test_the_tier_chosen_on_the_page_decides_the_aid(
    tmp_path: Path, chosen: str, tier: str, aid: int
) -> None:
    society.running(changed=tiered(tmp_path), now=clock.now())
    choose(client_of(ANA), chosen)
    membership = Membership.objects.get()
    assert membership.tier == tier
    row = benefit_row(
        plan(PLAN).versions[-1],
        born=membership.born_on,
        diagnosed_on=membership.joined_on,
        severity="severe",
        tier=membership.tier,
    )
    assert row is not None
    assert row.amount == aid


def test_a_tier_that_there_is_not_is_refused_with_those_that_are(tmp_path: Path) -> None:
    society.running(changed=tiered(tmp_path))
    with pytest.raises(NotEligible) as refused:
        society.joined(ANA, tier="gold")
    (reason,) = refused.value.reasons
    assert (reason.code, reason.rule) == ("tier_unknown", "benefits.tiers")
    assert "half the aid for half the share" in reason.text.en


def test_only_the_relations_of_the_terms_may_join(tmp_path: Path) -> None:
    source = "[version.join.source]\n"
    stated = "\nage_min_days = 30\n"
    changes = {
        stated: f'\nrelations = ["self"]{stated}',
        source: f'{source}relations = "assumed: for this test"\n',
    }
    encoded = {old.encode(): new.encode() for old, new in changes.items()}
    society.running(changed=pool.rulebook_with(encoded, tmp_path))
    assert society.joined(WEN).end_reason == ""
    with pytest.raises(NotEligible) as refused:
        society.joined(BAO, by=WEN, relation="child")
    assert [reason.code for reason in refused.value.reasons] == ["relation_excluded"]
