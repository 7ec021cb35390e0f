"""Metrics in Prometheus's text form: what the processes count, and how the installation stands.

The server's processes and the worker write their counts into small files of one folder, so that
whichever process is asked tells of all of them. Nothing here names a person, a claim or an address:
labels are closed lists (face, method, status, task, plan, state).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sameboat.gateways.resting import silent_gateways
from sameboat.record import queries as record
from sameboat.runtime import beats, jobs
from sameboat.upkeep import tallies

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram
    from prometheus_client.metrics_core import GaugeMetricFamily

SHARED = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Instruments:
    """What a process counts as it works."""

    registry: CollectorRegistry
    requests: Counter
    """By face, method and status."""
    request_seconds: Histogram
    """By face."""
    beat_seconds: Histogram
    """By part of the worker."""
    beat_failures: Counter


def share(process: str, *, data_dir: Path) -> None:
    """Let this process and its children count in files, beginning at zero.

    Call it before anything is counted: the library decides once, when it is first loaded.
    """
    assert "prometheus_client" not in sys.modules
    folder = _folder(data_dir) / process
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    os.environ[SHARED] = str(folder)


@lru_cache(maxsize=1)
def instruments() -> Instruments:
    """The counters of this process."""
    from prometheus_client import (
        CollectorRegistry,
        Counter,
        Histogram,
        disable_created_metrics,
    )

    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    return Instruments(
        registry=registry,
        requests=Counter(
            "sameboat_http_requests", "Requests answered.", ["face", "method", "status"],
            registry=registry,
        ),
        request_seconds=Histogram(
            "sameboat_http_request_seconds", "Time to answer a request.", ["face"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
            registry=registry,
        ),
        beat_seconds=Histogram(
            "sameboat_worker_beat_seconds", "Time of one beat of the worker.", ["part"],
            buckets=(0.001, 0.01, 0.1, 1, 10, 60, 600),
            registry=registry,
        ),
        beat_failures=Counter(
            "sameboat_worker_beat_failures", "Beats of the worker that broke.", ["part"],
            registry=registry,
        ),
    )  # fmt: skip


def exposition(*, data_dir: Path, now: datetime) -> bytes:
    """Everything, in the text form."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    counted = CollectorRegistry()
    if SHARED in os.environ:
        for folder in sorted(path for path in _folder(data_dir).iterdir() if path.is_dir()):
            MultiProcessCollector(counted, path=str(folder))  # type: ignore[no-untyped-call]
    else:
        counted = instruments().registry
    state = CollectorRegistry()
    state.register(_State(now))
    return generate_latest(counted) + generate_latest(state)


class _State:
    """Collects the state of the installation from the database when it is asked."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterable[GaugeMetricFamily]:
        yield from _worker()
        yield from _record(self._now)
        yield from _business()
        yield from _gateways(self._now)


def _worker() -> Iterator[GaugeMetricFamily]:
    waited = jobs.longest_wait()
    yield _gauge(
        "sameboat_jobs_longest_wait_seconds", "Wait of the job that waits longest.", waited
    )
    counted = _family("sameboat_jobs", "Jobs that wait, run or failed.", ["task", "status"])
    for count in jobs.counts():
        counted.add_metric([count.task, count.status], count.jobs)
    yield counted
    seen = _family("sameboat_beat_age_seconds", "Since something last went well.", ["name"])
    breaking = _family("sameboat_beat_breaking", "1 if it broke the last time.", ["name"])
    for age in beats.ages().values():
        if age.well is not None:
            seen.add_metric([age.name], age.well / SECOND)
        breaking.add_metric([age.name], bool(age.broke_with))
    yield seen
    yield breaking


def _record(now: datetime) -> Iterator[GaugeMetricFamily]:
    since = record.oldest_pending_at()
    lag = max(now - since, timedelta()) if since is not None else None
    yield _gauge("sameboat_record_entries", "Entries on the record.", record.log_size())
    yield _gauge("sameboat_record_pending", "Entries that wait.", record.pending_count())
    yield _gauge("sameboat_record_refused", "Entries that were refused.", record.refused_count())
    yield _gauge("sameboat_record_lag_seconds", "Wait of the oldest pending entry.", lag)


def _business() -> Iterator[GaugeMetricFamily]:
    """Counts by plan and state: small tables, or sums that an action has written down."""
    members = _family("sameboat_members", "Members at the end of the last closed day.", ["plan"])
    for plan, active in tallies.members().items():
        members.add_metric([plan], active)
    yield members
    for name, help_text, found in (
        ("sameboat_claims", "Claims by state.", tallies.claims()),
        ("sameboat_periods", "Periods by state.", tallies.periods()),
    ):
        family = _family(name, help_text, ["plan", "state"])
        for (plan, state), number in found.items():
            family.add_metric([plan, state], number)
        yield family
    yield _gauge("sameboat_payouts_failed", "Payouts that failed.", tallies.payouts_failed())
    yield _gauge("sameboat_differences", "Differences to explain.", tallies.differences())


def _gateways(now: datetime) -> Iterator[GaugeMetricFamily]:
    """Of the gateways that do not answer; none is named while all do."""
    since = _family("sameboat_gateway_silent_seconds", "Since it answers no more.", ["gateway"])
    failures = _family("sameboat_gateway_failures", "Failures one after another.", ["gateway"])
    for each in silent_gateways():
        since.add_metric([each.name], max(now - each.since, timedelta()) / SECOND)
        failures.add_metric([each.name], each.failures)
    yield since
    yield failures


def _family(name: str, help_text: str, labels: list[str]) -> GaugeMetricFamily:
    from prometheus_client.metrics_core import GaugeMetricFamily

    return GaugeMetricFamily(name, help_text, labels=labels)


def _gauge(name: str, help_text: str, value: int | timedelta | None) -> GaugeMetricFamily:
    """One value without labels; no time at all is 0."""
    family = _family(name, help_text, [])
    number = value / SECOND if isinstance(value, timedelta) else value or 0
    family.add_metric([], number)
    return family


def _folder(data_dir: Path) -> Path:
    return data_dir / "run" / "metrics"
