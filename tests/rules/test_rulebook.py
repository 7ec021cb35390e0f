"""A rulebook is judged whole: good ones become a `Plan`, wrong ones get all their problems."""

from __future__ import annotations

from datetime import date

import pytest

from rules import rulebook_example as example
from sameboat.rules.money import Fen, Ratio
from sameboat.rules.rulebook import BadRulebook, Problem, content_hash, lists_named, parse
from sameboat.rules.rulebook_keys import DEFAULTS, KEYS, is_assumed, value_of


def problems_of(toml: str, listed: str = example.LIST) -> tuple[Problem, ...]:
    with pytest.raises(BadRulebook) as caught:
        parse(example.files(toml, listed), name=example.NAME)
    return caught.value.problems


def test_a_good_rulebook_becomes_a_plan_of_exact_values() -> None:
    plan = parse(example.files(), name=example.NAME)
    first, second = plan.versions
    assert (plan.id, plan.name.zh, plan.demonstration) == ("example", "例子", True)
    assert first.sharing.fee_rate == Ratio(8, 100)
    assert first.sharing.cap_per_claim == Fen(10)
    assert [row.amount for row in first.benefits.rows] == [30_000_000, 10_000_000, 5_000_000]
    assert [row.tier for row in first.benefits.rows] == ["", "", ""]
    assert [item.weight for item in first.sharing.classes] == [500, 1000]
    assert first.sharing.waivers[0].joined_by == date(2019, 12, 31)
    assert [illness.number for illness in first.illnesses] == ["1", "2", "M1"]
    assert first.announced_on == date(2019, 12, 2), "the notice before it takes effect"
    assert second.announced_on == date(2020, 11, 15), "as the file says"


def test_a_later_version_states_only_what_changes() -> None:
    first, second = parse(example.files(), name=example.NAME).versions
    assert second.sharing.fee_rate == Ratio(6, 100)
    assert second.sources["sharing.fee_rate"] == "facts §3"
    changed = {"sharing.fee_rate", "effective_on", "announced_on"}
    for key in set(KEYS) - changed:
        assert value_of(second, key) == value_of(first, key), key
        assert second.sources[key] == first.sources[key], key


def test_a_key_with_a_default_may_be_left_out_and_says_so() -> None:
    document = example.tables()
    for key in DEFAULTS:
        section, name = key.split(".")
        document["version"][0][section].pop(name, None)
        document["version"][0][section]["source"].pop(name, None)
    terms = parse(example.files(example.written(document)), name=example.NAME).versions[0]
    for key, default in DEFAULTS.items():
        assert value_of(terms, key) == default
        assert is_assumed(terms.sources[key])


def test_none_is_a_stated_value_that_a_later_version_may_set() -> None:
    toml = example.TOML.replace('fee_rate = "0.06"', 'fee_rate = "0.06"\ncap_per_year = "none"')
    toml += 'cap_per_year = "assumed: dropped"\n'
    first, second = parse(example.files(toml), name=example.NAME).versions
    assert first.sharing.cap_per_year == 18_800
    assert second.sharing.cap_per_year is None
    assert is_assumed(second.sources["sharing.cap_per_year"])


_CLASSES = "version[2020-01].sharing.classes"
_SPENDING = "version[2020-01].benefit.spending_min"
_REFUNDED = "version[2020-01].claims.refunded_clauses"
BROKEN: list[tuple[str, str, str, str]] = [
    # what stands in the example, what is put there, the key that must be named, a part of why
    ('id = "example"\n', "", "id", "must be stated"),
    ('id = "example"', 'id = "An Example"', "id", "small letters"),
    ('id = "example"', 'id = "example"\nnick = "ex"', "nick", "no such key"),
    ('currency = "CNY"', 'currency = "JPY"', "currency", "one of: CNY"),
    ("Asia/Shanghai", "Asia/Peking", "timezone", "time zone"),
    ("Asia/Shanghai", "../../etc/localtime", "timezone", "time zone"),
    ('zh = "例子", en', 'zh = "例\\u202e子", en', "name.zh", "control characters"),
    ('zh = "例子", en', 'zh = "例\\u0000子", en', "name.zh", "control characters"),
    ('name = { zh = "例子", en', "name = { en", "name.zh", "must be stated"),
    ("demonstration = true", 'demonstration = "yes"', "demonstration", "true or false"),
    ('version = "2021-01"', 'version = "2020-01"', "version[#2].version", "no other version"),
    ('version = "2020-01"\n', "", "version[#1].version", "must be stated"),
    ('based_on = "2020-01"', 'based_on = "2019"', "version[2021-01].based_on", "stands before"),
    (
        "effective_on = 2021-01-01",
        "effective_on = 2019-06-01",
        "version[2021-01].effective_on",
        "later than 2020-01-01",
    ),
    (
        "effective_on = 2021-01-01",
        "effective_on = 2021-01-01T08:00:00",
        "version[2021-01].effective_on",
        "without quotes or time",
    ),
    (
        "announced_on = 2020-11-15",
        "announced_on = 2020-12-15",
        "version[2021-01].announced_on",
        "at least 30 days (notice_days)",
    ),
    (
        'fee_rate = "0.08"',
        "fee_rate = 0.08",
        "version[2020-01].sharing.fee_rate",
        "not exact",
    ),
    ('fee_rate = "0.08"', 'fee_rate = "8"', "version[2020-01].sharing.fee_rate", "0 to 1"),
    ('fee_rate = "0.08"', 'fee_rate = "none"', "version[2020-01].sharing.fee_rate", "0 to 1"),
    ('fee_rate = "0.08"\n', "", "version[2020-01].sharing.fee_rate", "must be stated, or"),
    (
        'fee_rate = "facts §1.5"\n',
        "",
        "version[2020-01].sharing.source.fee_rate",
        "`facts §…` or",
    ),
    (
        'fee_rate = "facts §1.5"',
        'fee_rate = "hearsay"',
        "version[2020-01].sharing.source.fee_rate",
        "assumed: the reason",
    ),
    (
        'fee_rate = "facts §1.5"',
        'fee_rate = "assumed"',
        "version[2020-01].sharing.source.fee_rate",
        "assumed: the reason",
    ),
    (
        'fee_rate = "facts §3"',
        'fee_rate = "facts §3"\ncap_per_year = "facts §3"',
        "version[2021-01].sharing.source.cap_per_year",
        "that this section states",
    ),
    ('"0.10"', "0.10", "version[2020-01].sharing.cap_per_claim", "not exact"),
    ('"0.10"', '"0.105"', "version[2020-01].sharing.cap_per_claim", "in yuan"),
    ('"0.10"', "0", "version[2020-01].sharing.cap_per_claim", "above 0"),
    ('"0.10"', '"-0.10"', "version[2020-01].sharing.cap_per_claim", "above 0"),
    ("weight = 500", "weight = 0", "version[2020-01].sharing.classes[0].weight", "from 1"),
    ('"old", weight', '"young", weight', "version[2020-01].sharing.classes", "each name only"),
    ("ages = [30, 59]", "ages = [31, 59]", "version[2020-01].sharing.classes", "0-59"),
    ("ages = [30, 59]", "ages = [29, 59]", "version[2020-01].sharing.classes", "0-59"),
    ("ages = [30, 59]", "ages = [30, 58]", "version[2020-01].sharing.classes", "0-59"),
    ("ages = [40, 59]", "ages = [0, 59]", "version[2020-01].benefit.rows", "0-59"),
    ("ages = [40, 59]", "ages = [41, 59]", "version[2020-01].benefit.rows", "0-59"),
    ("ages = [40, 59]", "ages = [30, 59]", "version[2020-01].benefit.rows", "0-59"),
    ("ages = [40, 59]", "ages = [59, 40]", "version[2020-01].benefit.rows[1].ages", "a band"),
    ('tier = ""', 'tier = " x"', "version[2020-01].benefit.rows[2].tier", "short name"),
    (
        'severity = "mild", tier = ""',
        'severity = "severe", tier = "low"',
        "version[2020-01].benefit.rows",
        "severity mild",
    ),
    ("age_out_years = 60", "age_out_years = 59", "version[2020-01].join.age_out_years", "more"),
    ("age_out_years = 60", "age_out_years = 65", "version[2020-01].benefit.rows", "0-64"),
    ("age_min_days = 30", "age_min_days = 22000", "version[2020-01].join.age_min_days", "within"),
    (
        "debit_days = [14, 28]",
        "debit_days = [14]",
        "version[2020-01].calendar.debit_days",
        "2 days, one for each",
    ),
    (
        "debit_days = [14, 28]",
        "debit_days = [11, 28]",
        "version[2020-01].calendar.debit_days[0]",
        "at least 5 days",
    ),
    (
        "publicity_days = [7, 21]",
        "publicity_days = [7, 7]",
        "version[2020-01].calendar.publicity_days",
        "only once",
    ),
    (
        "publicity_days = [7, 21]",
        "publicity_days = [7, 31]",
        "version[2020-01].calendar.publicity_days[1]",
        "from 1 to 28",
    ),
    (
        '["identity", "diagnosis"]',
        '["identity", "horoscope"]',
        "version[2020-01].claims.evidence_required[1]",
        "one of: identity",
    ),
    ("age_min_years = 0", "age_min_years = 60", "version[2020-01].join.age_min_years", "at most"),
    (
        '"child", "spouse"',
        '"child", "cousin"',
        "version[2020-01].join.relations[2]",
        "one of: self",
    ),
    ('transfer_to = "example', 'transfer_to = "No', "version[2020-01].join.transfer_to", "none"),
    ('{ id = "", zh', '{ id = "gold", zh', "version[2020-01].benefit.tiers", "tier ''"),
    (
        'tiers = [{ id = "",',
        'tiers = [{ id = "x", zh = "低", en = "low" }, { id = "",',
        "version[2020-01].benefit.rows",
        "of tier 'x'",
    ),
    ('tier = "" },\n]\nwaivers', 'tier = "x" },\n]\nwaivers', _CLASSES, "a tier of benefit.rows"),
    ('spending_min = "none"', "spending_min = 9", _SPENDING, "the category spending"),
    ("from_years = 0, rate", "from_years = 2, rate", "version[2020-01].benefit.tenure", "rising"),
    ("from_claims = 0", "from_claims = 7", "version[2020-01].benefit.helped", "from 0"),
    ('rate = "1/3"', 'rate = "4/3"', "version[2020-01].benefit.tenure[0].rate", "from 0 to 1"),
    ('rate = "1/3"', 'rate = "1/0"', "version[2020-01].benefit.tenure[0].rate", "from 0 to 1"),
    ('"claims.exclusions.here', '"claims.exclusions.x', _REFUNDED, "an exclusion"),
    ('"waiting.days", "', '"waiting", "', f"{_REFUNDED}[0]", "one of: waiting.days"),
    ("votes_min = 1000", "votes_min = 0", "version[2020-01].board.votes_min", "from 1"),
    ("lists/example.csv", "lists/other.csv", "version[2020-01].benefit.illnesses", "beside"),
    ("lists/example.csv", "../example.csv", "version[2020-01].benefit.illnesses[0]", "CSV file"),
    ("[version.pool]\n", "[version.pond]\n", "version[2020-01].pond", "no such key"),
    ('id = "example"', 'id = "example', "line 1", "valid TOML"),
    ('id = "example"', 'id = "example"\nid = "again"', "line 2", "valid TOML"),
]


@pytest.mark.parametrize(("stands", "put", "key", "why"), BROKEN)
def test_each_broken_rulebook_is_told_where_and_what_is_expected(
    stands: str, put: str, key: str, why: str
) -> None:
    assert stands in example.TOML
    told = problems_of(example.TOML.replace(stands, put, 1))
    named = [problem for problem in told if problem.key == key]
    assert named, [problem.explain("en") for problem in told]
    assert any(why in problem.expected.en for problem in named)
    for problem in told:
        assert problem.file == example.NAME
        assert problem.found.zh
        assert problem.expected.zh
        assert problem.explain("zh") != problem.explain("en")


def test_all_problems_are_told_at_once_and_each_only_once() -> None:
    toml = example.TOML
    for stands, put in (
        ('currency = "CNY"', 'currency = "?"'),
        ("days = 90", "days = -1"),
        ("ages = [30, 59]", "ages = [31, 59]"),
        ("run_off_days = 180", 'run_off_days = "180"'),
    ):
        toml = toml.replace(stands, put, 1)
    listed = example.LIST.replace("severe,no,yes", "severe,no,maybe").replace("I21", "I2")
    keys = [problem.key for problem in problems_of(toml, listed)]
    assert sorted(keys) == [
        "currency",
        "row 2.confirmed",
        "row 3.icd10",
        "version[2020-01].pool.run_off_days",
        "version[2020-01].sharing.classes",
        "version[2020-01].waiting.days",
    ]


BROKEN_LISTS: list[tuple[str, str, str, str]] = [
    ("number,name_zh", "no,name_zh", "", "the first line"),
    ("M1,", "2,", "row 4.number", "only once"),
    ("standard no. 1", "standard,extra", "row 2", "11 columns"),
    (",mild,no", ",lethal,no", "row 4.severity", "one of: severe, mild"),
    ("2,急性心肌梗塞,Acute", '2,"急性心肌梗塞,Acute', "", "CSV in UTF-8"),
]


@pytest.mark.parametrize(("stands", "put", "key", "why"), BROKEN_LISTS)
def test_each_broken_list_is_told_by_row_and_column(
    stands: str, put: str, key: str, why: str
) -> None:
    assert stands in example.LIST
    (problem,) = problems_of(example.TOML, example.LIST.replace(stands, put, 1))
    assert (problem.file, problem.key) == (example.LIST_NAME, key)
    assert why in problem.expected.en


HOSTILE: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("too large", b"#" * 300_000),
    ("not text", b"\xff\xfe\x00"),
    ("lists without end", b"a = " + b"[\n" * 50_000),
    ("a key of many steps", b"a" + b".a" * 100_000 + b" = 1"),
    ("a number of many digits", b"id = " + b"1" * 1_900),
    ("a hexadecimal number of many digits", b"id = 0x" + b"f" * 1_900),
    ("a lone surrogate", b'id = "\\ud800"'),
    ("versions that are no tables", b"version = [1, 2]"),
    ("a version that is a word", b'version = "2020-01"'),
    ("a section that is a word", b'[[version]]\nversion = "1"\njoin = "all"'),
    ("sources that are a word", b'[[version]]\nversion = "1"\nsource = "facts"'),
    ("a list that is no list", b'[[version]]\nversion = "1"\n[version.benefit]\nillnesses = 1'),
]


@pytest.mark.parametrize(("what", "content"), HOSTILE, ids=[what for what, _ in HOSTILE])
def test_hostile_files_get_problems_and_no_crash(what: str, content: bytes) -> None:
    with pytest.raises(BadRulebook):
        parse({example.NAME: content}, name=example.NAME)
    assert lists_named(content) == ()


def test_a_line_ending_or_byte_order_mark_of_another_system_is_no_problem() -> None:
    toml = "\ufeff" + example.TOML.replace("\n", "\r\n")
    listed = "\ufeff" + example.LIST.replace("\n", "\r\n")
    there = parse(example.files(toml, listed), name=example.NAME)
    here = parse(example.files(), name=example.NAME)
    assert there.versions == here.versions
    assert there.content_hash != here.content_hash, "the hash is of the bytes"


class TestContentHash:
    def test_is_fixed_for_fixed_bytes(self) -> None:
        known = "c66824a25b106dc6b1af2997a6ec7cea252baa4bd7778423adc75eee1de1a521"
        assert content_hash({"a.toml": b"x", "l/b.csv": b"y"}) == known
        assert content_hash({"l/b.csv": b"y", "a.toml": b"x"}) == known

    def test_tells_apart_files_whose_names_and_bytes_join_to_the_same(self) -> None:
        assert content_hash({"a": b"bc"}) != content_hash({"ab": b"c"})
        assert content_hash({"a": b"b", "c": b"d"}) != content_hash({"a": b"bcd"})

    def test_covers_the_lists_that_are_named_and_no_other_file(self) -> None:
        plan = parse(example.files(), name=example.NAME)
        longer = example.LIST.replace("usual\n", "usual indeed\n", 1)
        other = {**example.files(), "lists/unused.csv": b"?"}
        assert parse(other, name=example.NAME).content_hash == plan.content_hash
        changed = parse(example.files(listed=longer), name=example.NAME)
        assert changed.content_hash != plan.content_hash


def test_a_debit_day_may_be_in_the_next_month_if_february_leaves_time() -> None:
    late = example.TOML.replace("debit_days = [14, 28]", "debit_days = [14, 2]")
    assert parse(example.files(late), name=example.NAME).versions[0].rhythm.debit_days == (14, 2)
    early = late.replace("publicity_days = [7, 21]", "publicity_days = [7, 26]")
    assert [p.key for p in problems_of(early)] == ["version[2020-01].calendar.debit_days[1]"]


def test_a_plan_for_adults_needs_no_benefit_for_children() -> None:
    toml = example.TOML.replace("age_min_days = 30", "age_min_days = 6575")
    toml = toml.replace("[0, 39]", "[18, 39]").replace("[0, 59]", "[18, 59]")
    toml = toml.replace("[0, 29]", "[18, 29]")
    assert parse(example.files(toml), name=example.NAME)


def test_what_is_told_of_a_hostile_file_cannot_steer_a_terminal() -> None:
    toml = '"\\u001b[2Jclear" = "\\u001b]0;title\\u0007"\nid = "a\\u202eb"\n'
    toml += '[[version]]\nversion = "1"\n[version.pool.source]\n"\\u001b[2J" = "\\u001b[2J"\n'
    for problem in problems_of(toml):
        for words in (problem.explain("zh"), problem.explain("en")):
            assert words.isprintable(), words


def test_large_lists_are_judged_in_a_moment() -> None:
    rows = [f"{number},病,Illness,,,,usual,severe,no,no,usual" for number in range(1, 1001)]
    heading = example.LIST.splitlines()[0]
    first = {f"lists/{n}.csv": "\n".join([heading, *rows]).encode() for n in range(20)}
    names = ", ".join(f'"{name}"' for name in first)
    toml = example.TOML.replace('"lists/example.csv"', names)
    with pytest.raises(BadRulebook) as caught:
        parse({example.NAME: toml.encode(), **first}, name=example.NAME)
    (problem,) = caught.value.problems
    assert problem.expected.en == "each number in one list only"
