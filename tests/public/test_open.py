"""The open web: figures that name nobody, no small cell, no address of a claim."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.test import Client
from django.urls import reverse

import pool
from pool import D, at
from sameboat.claims.models import Claim
from sameboat.claims.queries.groups import OTHER
from sameboat.public import figures, urls
from sameboat.record.queries import policy_text
from sameboat.runtime import clock
from sameboat.runtime.keys import keystore
from sameboat.settlement.models import GroupCount
from sameboat.settlement.queries import settled_by_group
from society import ANA, PLAN, running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: at(D, 12))


@pytest.fixture
def settled() -> Claim:
    """A period in which Ana was helped."""
    ana, *_others = pool.filled(12)
    claim = pool.proposed(ana)
    pool.announced()
    return Claim.objects.get(id=claim.id)


def texts(client: Client) -> str:
    """Everything that the open pages say about the plan."""
    pages = [reverse("public:home"), reverse("public:verify")]
    pages += [reverse(f"public:{name}", args=[PLAN]) for name in ("plan", "terms")]
    answers = [client.get(page) for page in pages]
    assert [answer.status_code for answer in answers] == [200] * len(pages)
    return "\n".join(answer.content.decode() for answer in answers)


def test_an_empty_plan_has_its_pages(client: Client) -> None:
    running()
    assert "No period has been settled yet" in texts(Client(headers={"accept-language": "en"}))
    assert client.get(reverse("public:plan", args=["none"])).status_code == 404


def test_totals_of_a_period_are_shown(client: Client, settled: Claim) -> None:
    text = texts(client)
    for figure in ("¥300.00", "¥24.00", "¥12.00", "¥1.00"):
        assert figure in text, figure


def test_nobody_and_no_claim_is_told_from_the_open_pages(client: Client, settled: Claim) -> None:
    text = texts(client)
    for told in (settled.ref, ANA.name, ANA.name[0] + "○○", "协和医院", "车祸", ANA.phone[3:]):
        assert told not in text, told


def test_no_open_address_takes_a_claim() -> None:
    patterns = [str(each.pattern) for each in urls.urlpatterns]
    assert all("ref" not in pattern and "claim" not in pattern for pattern in patterns)
    named = {name for pattern in patterns for name in re.findall(r"<\w+:(\w+)>", pattern)}
    assert named == {"plan_id"}


class TestSmallCells:
    def test_one_claim_is_withheld(self, client: Client, settled: Claim) -> None:
        assert settled_by_group(PLAN) == Counter({"cancer": 1})
        page = client.get(reverse("public:plan", args=[PLAN]))
        assert page.context["cells"].withheld
        assert "癌" not in page.content.decode().split("<h2>")[-1]

    def test_no_cell_under_ten_is_shown(
        self, client: Client, settled: Claim, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        counts = Counter({"cancer": 40, "renal": 11, "rare": 3, "blood": 2})
        monkeypatch.setattr(figures, "settled_by_group", lambda _plan: counts)
        page = Client(headers={"accept-language": "en"}).get(reverse("public:plan", args=[PLAN]))
        section = page.content.decode().split("Who was helped, by group")[1]
        cells = [int(n) for n in re.findall(r'<td class="number">([\d,]+)</td>', section)]
        assert cells == [40, 16]
        assert "Rare" not in section and "Kidneys" not in section

    def test_a_claim_is_counted_when_it_is_settled_and_never_opened_again(
        self, settled: Claim
    ) -> None:
        keystore().destroy("claim", settled.ref)
        assert settled_by_group(PLAN) == Counter({"cancer": 1})

    def test_a_claim_settled_before_groups_were_kept_counts_in_none(self, settled: Claim) -> None:
        GroupCount.objects.all().delete()
        assert settled_by_group(PLAN) == Counter({OTHER: 1})


def test_the_policy_file_is_the_one_with_that_fingerprint(client: Client) -> None:
    running()
    policy = policy_text()
    assert policy is not None
    assert client.get(reverse("public:policy")).content.decode() == policy.text
    assert policy.fingerprint in client.get(reverse("public:verify")).content.decode()
    assert client.get(reverse("public:checkpoint")).content.decode().startswith("sameboat")
    assert client.post(reverse("public:policy")).status_code == 405
