"""The catalogue: the rulebooks that come with the program, and rulebooks from files.

To add a plan, copy a file in `catalog/` and change it; `sameboat plan check FILE` judges it.
Needs no database and no framework, so `sameboat quote` works in the core install.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from sameboat.rules.illness import LIST_BYTES_MAX
from sameboat.rules.rulebook import lists_named, parse
from sameboat.rules.rulebook_files import BYTES_MAX
from sameboat.rules.terms import Plan
from sameboat.runtime.refusals import Refusal

_SUFFIX = ".toml"


class UnknownPlan(Refusal):
    """There is no such plan in the catalogue, and no such file."""

    code = "unknown_plan"
    en = "There is no plan or rulebook file {plan}. The catalogue has: {known}."
    zh = "没有名为 {plan} 的计划或条款文件。目录中有：{known}。"


def ids() -> tuple[str, ...]:
    """The ids of the plans in the catalogue, in the order of the alphabet."""
    names = (entry.name for entry in _catalog().iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def load(plan_id_or_path: str | Path) -> Plan:
    """The plan with this id in the catalogue, or of this rulebook file (a path or `….toml`).

    Illness lists are looked for beside the file. Raises `UnknownPlan` where there is none, and
    `BadRulebook` for a file with problems. An id is never taken for a path: a face that is given
    an id by a stranger may pass it on, after `ids()` has shown that it is one.
    """
    if _is_path(plan_id_or_path):
        return parse(read(plan_id_or_path), name=Path(plan_id_or_path).name)
    return _load(str(plan_id_or_path))


def read(plan_id_or_path: str | Path) -> dict[str, bytes]:
    """The rulebook file and the lists it names, as bytes by name: what `content_hash` covers.

    The first entry is the rulebook. A list that is not there is left out; `parse` then says so.
    """
    if _is_path(plan_id_or_path):
        path = Path(plan_id_or_path)
        folder: Traversable = path.parent
        name = path.name
    else:
        folder, name = _catalog(), f"{plan_id_or_path}{_SUFFIX}"
        if plan_id_or_path not in ids():
            raise _unknown(plan_id_or_path)
    if not folder.joinpath(name).is_file():
        raise _unknown(plan_id_or_path)
    files = {name: _bytes(folder.joinpath(name), BYTES_MAX)}
    for listed in lists_named(files[name]):
        entry = folder.joinpath(*listed.split("/"))
        if entry.is_file():
            files[listed] = _bytes(entry, LIST_BYTES_MAX)
    return files


def lists_of_the_catalogue() -> dict[str, bytes]:
    """The illness lists that come with the program, by the name under which a rulebook has them."""
    folder = _catalog().joinpath("lists")
    return {
        f"lists/{entry.name}": _bytes(entry, LIST_BYTES_MAX)
        for entry in folder.iterdir()
        if entry.name.endswith(".csv")
    }


@lru_cache(maxsize=64)
def _load(plan_id: str) -> Plan:
    return parse(read(plan_id), name=f"{plan_id}{_SUFFIX}")


def _bytes(entry: Traversable, most: int) -> bytes:
    """The content, at most one byte more than allowed: `parse` refuses that, not the memory."""
    with entry.open("rb") as opened:
        return opened.read(most + 1)


def _is_path(plan: str | Path) -> bool:
    return isinstance(plan, Path) or plan.endswith(_SUFFIX)


def _catalog() -> Traversable:
    return resources.files("sameboat.plans").joinpath("catalog")


def _unknown(plan: str | Path) -> UnknownPlan:
    return UnknownPlan(plan=str(plan)[:200], known=", ".join(ids()))
