"""A year of a society under faults: `make soak`, or `python -m soak` from `tests/`.

It makes an installation of its own in a temporary folder and removes it. Exit code 1: something
was wrong in the end, and it is named.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--members", type=int, default=20_000, help="members copied in")
    parser.add_argument("--days", type=int, default=365, help="civil days to live through")
    parser.add_argument("--seed", type=int, default=1, help="of people, claims and faults")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sameboat-soak-") as folder:
        sys.stdout.write(json.dumps(run(Path(folder), chosen), indent=1) + "\n")


def run(folder: Path, chosen: argparse.Namespace) -> dict[str, object]:
    """Live through the days in an installation of `folder`; what came of it."""
    os.environ |= {
        "SAMEBOAT_MODE": "test",
        "SAMEBOAT_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "sameboat.site.settings",
    }
    os.environ.pop("KEYSTORE_URL", None)
    from sameboat.runtime import postgres

    # A killed process loses nothing without fsync; only a machine that loses power would.
    os.environ["DATABASE_URL"] = postgres.start(data_dir=folder, fsync=False)
    try:
        return _live(folder, chosen)
    finally:
        postgres.stop(data_dir=folder)


def _live(folder: Path, chosen: argparse.Namespace) -> dict[str, object]:
    import django

    django.setup()
    # All that a child needs is loaded before the first fork; no thread runs, nothing is open.
    import ibis
    from django.core.management import call_command

    from soak import year

    assert ibis.duckdb
    began = time.monotonic()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    soak = year.Soak(seed=chosen.seed, folder=folder)
    year.begin(soak, count=chosen.members)
    year.live(soak, days=chosen.days)
    seconds = round(time.monotonic() - began)
    return {**vars(chosen), **year.told(soak), "seconds": seconds}


if __name__ == "__main__":
    main()
