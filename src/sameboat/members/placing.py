"""Where one join leaf stands in the tree of its day, read in pieces and never as a whole.

A file for each day holds the first leaf of each 256 and the inner nodes above them. It is made from
the table when somebody first asks, and may be deleted at any time. Nobody has to trust it: what is
put together from it is checked against the root that is on the record.
"""

from __future__ import annotations

import tempfile
from bisect import bisect_right
from datetime import date
from functools import lru_cache
from itertools import islice
from pathlib import Path

from sameboat.members.actions.days import joined_leaves
from sameboat.members.models import BEGAN, Membership
from sameboat.proof.encoding import HASH_BYTES
from sameboat.proof.nodes import (
    TILE_LEVEL,
    TileBuilder,
    from_tiles,
    inclusion_path,
    kept_count,
    tile_places,
)
from sameboat.proof.sortedtree import Place, place_of, strictly_increasing
from sameboat.runtime.settings import settings

BLOCK = 1 << TILE_LEVEL
READ_WHOLE_MAX = 4 * BLOCK
"""Of a day with so few joins nothing is kept."""
_CHUNK = 16 * BLOCK


def place_in_day(leaf: bytes, *, plan_id: str, day: date, count: int, root: bytes) -> Place:
    """Where `leaf` stands among the `count` joins of a recorded day with this root.

    Raises BadProof if it is not there.
    """
    if count > READ_WHOLE_MAX:
        path = settings().data_dir / "days" / plan_id / f"{day.isoformat()}.bin"
        if not path.exists():
            _write(path, plan_id, day)
        found = _from_pieces(leaf, path, plan_id, day, count)
        if found is not None and found.holds(leaf, count=count, root=root):
            return found
        path.unlink(missing_ok=True)
    return place_of(leaf, list(joined_leaves(plan_id, day)))


def _write(path: Path, plan_id: str, day: date) -> None:
    """Stream the day once; the file stands whole or not at all."""
    builder, firsts = TileBuilder(), bytearray()
    leaves = strictly_increasing(joined_leaves(plan_id, day))
    while chunk := list(islice(leaves, _CHUNK)):
        firsts += b"".join(chunk[::BLOCK])
        builder.add_buffer(b"".join(chunk))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(firsts + builder.kept())
    Path(draft.name).replace(path)


def _from_pieces(leaf: bytes, path: Path, plan_id: str, day: date, count: int) -> Place | None:
    """The place by the day's file; None where it is not there by that file."""
    stored = path.read_bytes()
    hashes = [stored[at : at + HASH_BYTES] for at in range(0, len(stored), HASH_BYTES)]
    blocks = -(-count // BLOCK)
    if len(hashes) != blocks + kept_count(count):
        return None
    firsts, places = hashes[:blocks], tile_places(count)

    @lru_cache(maxsize=4)
    def block(number: int) -> list[bytes]:
        end = firsts[number + 1] if number + 1 < blocks else None
        return _leaves_between(plan_id, day, firsts[number], end)

    def read(level: int, start: int, number: int) -> bytes:
        if level == 0:
            begin = start % BLOCK
            return b"".join(block(start // BLOCK)[begin : begin + number])
        first = blocks + places[level][start]
        return b"".join(hashes[first : first + number])

    number = max(0, bisect_right(firsts, leaf) - 1)
    if leaf not in block(number):
        return None
    index = number * BLOCK + block(number).index(leaf)
    return Place(index, tuple(inclusion_path(from_tiles(read), index=index, size=count)))


def _leaves_between(plan_id: str, day: date, first: bytes, end: bytes | None) -> list[bytes]:
    found = Membership.objects.filter(
        BEGAN, plan=plan_id, joined_on=day, join_leaf__gte=first
    ).order_by("join_leaf")
    if end is not None:
        found = found.filter(join_leaf__lt=end)
    return [bytes(leaf) for leaf in found.values_list("join_leaf", flat=True)[: BLOCK + 1]]
