"""The source keeps the house rules, and each rule finds what it is for."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps

from architecture import house_rules

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "src" / "sameboat"
FACES = ("web", "console", "public", "api", "cli")
FILES = [path for path in sorted(SOURCE.rglob("*.py")) if "migrations" not in path.parts]

READS_THE_CLOCK = {
    SOURCE / "runtime" / "clock.py",  # The clock itself.
    # Called by a framework that passes no time: edges that stand in an inner package.
    SOURCE / "identity" / "adapter.py",
    SOURCE / "pages" / "context.py",
    SOURCE / "site" / "operators.py",  # The face of those who run the installation.
}


def is_edge(path: Path) -> bool:
    package = path.relative_to(SOURCE).parts[0]
    return package in FACES or path.name == "jobs.py" or path in READS_THE_CLOCK


def findings(paths: list[Path], rule: Callable[[str], list[str]]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} {finding}"
        for path in paths
        for finding in rule(path.read_text(encoding="utf-8"))
    ]


def no(found: list[str]) -> None:
    """Fail with every finding on a line of its own."""
    assert not found, "\n" + "\n".join(found)


class TestTheSource:
    def test_reads_the_clock_at_the_edge_only(self) -> None:
        inside = [path for path in FILES if not is_edge(path)]
        assert len(inside) > 20
        no(findings(inside, house_rules.clock_reads))

    def test_divides_and_rounds_openly_in_rules(self) -> None:
        rules = [path for path in FILES if path.is_relative_to(SOURCE / "rules")]
        assert rules
        no(findings(rules, house_rules.inexact_arithmetic))

    def test_has_no_signals(self) -> None:
        no(findings(FILES, house_rules.signals))

    def test_has_no_marks_of_unfinished_work(self) -> None:
        no(findings(FILES, house_rules.unfinished))

    def test_has_no_catch_all_modules(self) -> None:
        names = [str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py")]
        no([line for name in names for line in house_rules.catch_all_name(name)])


def tower() -> dict[str, int]:
    """The height of each package, from the import contract."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return {
        package.strip(" ()"): -height
        for height, layer in enumerate(layers)
        for package in layer.split("|")
    }


def test_no_foreign_key_points_upwards() -> None:
    height = tower()
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        if model.__module__.startswith("sameboat.")
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and field.related_model is not None
        if field.related_model.__module__.startswith("sameboat.")
        and height[field.related_model._meta.app_label] > height[model._meta.app_label]
    ]
    no(upward)


class TestEachRuleFinds:
    @pytest.mark.parametrize(
        "code",
        ["datetime.now(UTC)", "date.today()", "time.time()", "clock.now()", "timezone.now()"],
    )
    def test_a_clock(self, code: str) -> None:
        assert len(house_rules.clock_reads(f"x = {code}")) == 1

    def test_no_clock_where_only_a_duration_is_measured(self) -> None:
        assert house_rules.clock_reads("time.monotonic(); day.now; f(now=now)") == []

    @pytest.mark.parametrize("code", ["a / b", "a /= b", "0.5", "float(a)"])
    def test_inexact_arithmetic(self, code: str) -> None:
        assert len(house_rules.inexact_arithmetic(code)) == 1

    def test_nothing_in_exact_arithmetic(self) -> None:
        assert house_rules.inexact_arithmetic("-(-a // b) * 2") == []

    @pytest.mark.parametrize(
        "code", ["from django.dispatch import receiver", "import django.db.models.signals"]
    )
    def test_a_signal(self, code: str) -> None:
        assert len(house_rules.signals(code)) == 1

    def test_an_unfinished_mark(self) -> None:
        assert len(house_rules.unfinished("x = 1  # " + "FIX" + "ME later")) == 1

    def test_a_catch_all(self) -> None:
        assert len(house_rules.catch_all_name("claims/utils.py")) == 1
        assert house_rules.catch_all_name("claims/photos.py") == []

    def test_the_height_of_a_package(self) -> None:
        height = tower()
        assert height["claims"] > height["members"] > height["rules"]
        assert height["record"] == height["books"]
