"""Every version of every plan of the catalogue: a batch against the naive computation."""

import json
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import naive_share
from sameboat.cli.quote import answers
from sameboat.plans import catalogue
from sameboat.rules.calendar import dates_of, publicity_days
from sameboat.rules.terms import PlanTerms

VERSIONS = [
    pytest.param(plan_id, terms, id=f"{plan_id} {terms.version}")
    for plan_id in catalogue.ids()
    for terms in catalogue.load(plan_id).versions
]


def fen(yuan: str) -> int:
    return int(Fraction(yuan) * 100)


def naive(
    terms: PlanTerms, request: dict[str, object], counts: dict[str, int], waived: dict[str, int]
) -> naive_share.Outcome:
    rule = terms.sharing
    weights = {one.name: one.weight for one in rule.classes} or {"": 1000}
    people = [
        naive_share.Person(weights[name], rule.cap_per_year, number < waived.get(name, 0))
        for name, count in counts.items()
        for number in range(count)
    ]
    aids = request["aid"]
    assert isinstance(aids, list)
    return naive_share.divide(
        naive_share.Rule(
            rate=Fraction(rule.fee_rate.numerator, rule.fee_rate.denominator),
            per_claim=rule.cap_per_claim,
            per_period=rule.cap_per_period,
            reshare=rule.excess == "reshare",
        ),
        [fen(aid) for aid in aids],
        people,
        fen(str(request["carry"])),
    )


@pytest.mark.parametrize(("plan_id", "terms"), VERSIONS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_agrees_with_the_naive_computation(
    plan_id: str, terms: PlanTerms, data: st.DataObject
) -> None:
    names = [one.name for one in terms.sharing.classes] or [""]
    counts = {name: data.draw(st.integers(0, 25)) for name in names}
    waived = {name: data.draw(st.integers(0, count)) for name, count in counts.items()}
    amounts = st.integers(0, 3_000).map(lambda n: f"{n // 100}.{n % 100:02d}")
    request: dict[str, object] = {
        "plan": plan_id,
        "on": terms.effective_on.isoformat(),
        "aid": data.draw(st.lists(amounts, max_size=4)),
        "carry": data.draw(amounts),
    }
    if terms.sharing.classes:
        request |= {"classes": counts, "waived": waived}
    else:
        request |= {"members": counts[""], "waived": waived[""]}
    ((good, text),) = answers([json.dumps(request).encode()])
    assert good, text
    found = json.loads(text)
    expected = naive(terms, request, counts, waived)
    assert found["version"] == terms.version
    assert found["members"] == sum(counts.values())
    assert fen(found["cost"]) == expected.cost
    assert fen(found["share"]) == expected.each
    assert fen(found["charged"]) == sum(expected.amounts)
    assert fen(found["sponsored"]) == expected.sponsored
    assert fen(found["carried_out"]) == expected.carried_out


def test_the_real_plan_has_seventy_one_periods() -> None:
    plan = catalogue.load("xiang-hu-bao")
    days = publicity_days(plan, since=date(2019, 1, 21), until=date(2021, 12, 21))
    assert len(days) == 71


@pytest.mark.parametrize("plan_id", catalogue.ids())
def test_every_period_of_every_plan_keeps_its_order(plan_id: str) -> None:
    plan = catalogue.load(plan_id)
    start = plan.versions[0].effective_on
    for day in publicity_days(plan, since=start, until=start.replace(year=start.year + 3)):
        dates = dates_of(plan, day)
        assert dates.publicity_on < dates.publicity_ends_on <= dates.notice_on <= dates.debit_on
        assert dates.debit_on < dates.retries_until
        assert dates.debit_on < dates.payout_from
