"""Reads of the plans that run here: the newest adopted rulebook of each."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from sameboat.plans.models import Rulebook
from sameboat.rules import rulebook
from sameboat.rules.terms import Plan, PlanTerms
from sameboat.rules.versions import NoVersionInForce, version_in_force
from sameboat.runtime.prepared import prepared
from sameboat.runtime.refusals import Refusal

# Asked by almost every request, some of them several times.
NEWEST = "SELECT content_hash FROM plans_rulebook WHERE plan = %s ORDER BY id DESC LIMIT 1"


class NoSuchPlan(Refusal):
    """No rulebook of that id was adopted here."""

    code = "no_such_plan"
    en = "There is no plan {plan} here."
    zh = "这里没有名为 {plan} 的互助计划。"


class NoVersion(Refusal):
    """The day is before the plan's first version took effect."""

    code = "plan_not_in_force"
    en = "{plan} has no version in force on {on}; its first one begins on {first_on}."
    zh = "{plan} 在 {on} 没有生效的条款，首个版本于 {first_on} 生效。"


def plan(plan_id: str) -> Plan:
    """The plan by its newest adopted rulebook."""
    with prepared() as cursor:
        cursor.execute(NEWEST, [plan_id])
        newest = cursor.fetchone()
    if newest is None:
        raise NoSuchPlan(plan=plan_id)
    return _parsed(newest[0])


def plans() -> list[Plan]:
    """All plans that run here, by id."""
    newest = (
        Rulebook.objects.order_by("plan", "-id")
        .distinct("plan")
        .values_list("content_hash", flat=True)
    )
    return [_parsed(content_hash) for content_hash in newest]


def terms_on(plan_id: str, day: date) -> PlanTerms:
    """The version of the plan in force on `day`."""
    return in_force(plan(plan_id), day)


def in_force(found: Plan, day: date) -> PlanTerms:
    """The version of a plan in force on `day`; refuses a day before the first."""
    try:
        return version_in_force(found, day)
    except NoVersionInForce as error:
        raise NoVersion(plan=found.id, on=day, first_on=error.first_on) from None


def newest_files(plan_id: str) -> dict[str, bytes]:
    """The files of the newest adopted rulebook; empty where the plan does not run here."""
    newest = Rulebook.objects.filter(plan=plan_id).order_by("-id").first()
    return {name: text.encode() for name, text in newest.files.items()} if newest else {}


def first_adopted(plan_id: str) -> Rulebook | None:
    """The rulebook with which the plan began here."""
    return Rulebook.objects.filter(plan=plan_id).order_by("id").first()


@lru_cache(maxsize=128)
def _parsed(content_hash: str) -> Plan:
    """Parsed once for each content: a rulebook is never changed, only followed by another."""
    files = Rulebook.objects.values_list("files", flat=True).get(content_hash=content_hash)
    name = next(name for name in files if name.endswith(".toml"))
    return rulebook.parse({each: text.encode() for each, text in files.items()}, name=name)
