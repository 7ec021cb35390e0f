"""What changes about plans: a rulebook is adopted, and the record says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from django.db import connection, transaction

from sameboat.plans import catalogue, queries
from sameboat.plans.models import Rulebook
from sameboat.proof.canonical import JsonObject
from sameboat.proof.entry import chain_id
from sameboat.record.actions import add_entry
from sameboat.rules import rulebook
from sameboat.rules.calendar import day_of
from sameboat.rules.terms import Plan, PlanTerms
from sameboat.runtime.refusals import Refusal

ADOPTING_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


class NoticeTooShort(Refusal):
    """A new version would take effect before members were told long enough."""

    code = "notice_too_short"
    en = (
        "Version {version} may take effect on {earliest_on} at the earliest, "
        "so that members are told {notice_days} days before."
    )
    zh = "版本 {version} 最早可于 {earliest_on} 生效：须提前 {notice_days} 天告知成员。"


class VersionChanged(Refusal):
    """An adopted version is missing or different: what was promised stays."""

    code = "version_changed"
    en = "Version {version} was adopted before: it may not be changed or left out; add a new one."
    zh = "版本 {version} 已被采用，不能修改或删除；请新增一个版本。"


@transaction.atomic
def adopt(*, plan_id_or_path: str | Path, now: datetime) -> Rulebook:
    """Take a rulebook of the catalogue or of a file into force here; the record names its hash.

    Adopting the same content again changes nothing. A later rulebook of a plan keeps every version
    adopted before, and announces each new one long enough beforehand.
    """
    return adopt_files(files=catalogue.read(plan_id_or_path), now=now)


@transaction.atomic
def adopt_files(*, files: Mapping[str, bytes], now: datetime) -> Rulebook:
    """The same for a rulebook at hand: the file, which comes first, and the lists that it names."""
    adopted = rulebook.parse(files, name=next(iter(files)))
    _wait_for_others(adopted.id)
    before = Rulebook.objects.filter(plan=adopted.id).order_by("-id").first()
    if before is not None and before.content_hash == adopted.content_hash:
        return before
    check_follows(adopted, today=day_of(now, adopted.timezone))
    entry = add_entry(
        chain=chain_id("plan", adopted.id),
        type="plan.version",
        body=_body(adopted),
        roles=["operator"],
        now=now,
    )
    return Rulebook.objects.create(
        plan=adopted.id,
        content_hash=adopted.content_hash,
        files={each: content.decode() for each, content in files.items()},
        adopted_at=now,
        entry_hash=entry.hash,
    )


def _wait_for_others(plan_id: str) -> None:
    """Rulebooks of a plan are adopted one after the other; held to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(ADOPTING_LOCK, [f"sameboat/adopt/{plan_id}"])


def check_follows(after: Plan, *, today: date) -> None:
    """Refuse a rulebook that changes what was adopted, or announces a version too late."""
    if queries.first_adopted(after.id) is None:
        return
    before = queries.plan(after.id)
    _check_kept(before, after)
    _check_notice(before, after, today)


def _body(plan: Plan) -> JsonObject:
    return {
        "plan": plan.id,
        "rulebook": plan.content_hash,
        "disclosure": plan.disclosure_version,
        "versions": [
            {
                "version": terms.version,
                "effective_on": terms.effective_on.isoformat(),
                "notice_days": terms.notice_days,
            }
            for terms in plan.versions
        ],
    }


def _check_kept(before: Plan, after: Plan) -> None:
    kept = {terms.version: terms for terms in after.versions}
    for terms in before.versions:
        if kept.get(terms.version) != terms:
            raise VersionChanged(version=terms.version)


def _check_notice(before: Plan, after: Plan, today: date) -> None:
    for terms in new_versions(before, after):
        earliest_on = today + timedelta(days=terms.notice_days)
        if terms.effective_on < earliest_on:
            raise NoticeTooShort(
                version=terms.version,
                earliest_on=earliest_on,
                notice_days=terms.notice_days,
            )


def new_versions(before: Plan, after: Plan) -> Iterable[PlanTerms]:
    """The versions of the later rulebook that the earlier one does not have."""
    known = {terms.version for terms in before.versions}
    return (terms for terms in after.versions if terms.version not in known)
