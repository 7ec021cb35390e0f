"""Closing a period: `lock → snapshot → close → share → certify → announce`, each restartable.

A stage writes its files first, each in one step, and then its rows and its end mark in one
transaction. Killed anywhere and run again, it gives the same result: what a stage computes depends
on the database as known at the lock and on files whose hashes are in the marks. Every write is a
named fail point, and a test kills at each. Collecting the money is `payments`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.db.models import F

from sameboat.books.actions import book
from sameboat.claims.actions import finalise, mark_settled, open_publicity
from sameboat.claims.actions.reopening import begin_settling, fall_short
from sameboat.claims.queries import accepted_claims
from sameboat.claims.queries.groups import group_of
from sameboat.plans.queries import plan as plan_of
from sameboat.plans.queries import terms_on
from sameboat.proof.canonical import Json
from sameboat.proof.entry import chain_id
from sameboat.proof.leaves import ShareClass
from sameboat.proof.nodes import TileBuilder
from sameboat.record.actions import add_entry
from sameboat.rules.calendar import dates_of, day_of, keeping_notice, start_of
from sameboat.rules.money import Fen
from sameboat.rules.share import fee_of
from sameboat.rules.terms import Sharing
from sameboat.rules.winding import within_reach
from sameboat.runtime.checks import sql_checks
from sameboat.runtime.failpoints import reach
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Refusal
from sameboat.settlement import engine, queries
from sameboat.settlement.alone import PeriodBusy, alone
from sameboat.settlement.dividing import charges_of
from sameboat.settlement.files import files_of, sha256_of, written_whole
from sameboat.settlement.models import (
    EXTRA,
    RECOVERED,
    GroupCount,
    MoneyFact,
    Period,
    PeriodClaim,
    PeriodClass,
    StageMark,
)
from sameboat.settlement.proving import write_nodes
from sameboat.settlement.recovering import NOTHING, settled_before, take_back
from sameboat.settlement.snapshot import write_snapshot
from sameboat.settlement.stating import state_money_fact as state_money_fact
from sameboat.settlement.waiting import StageNotDue, Wait

AMOUNTS = (
    "aid",
    "fee",
    "extra",
    "recovered",
    "carried_in",
    "carried_out",
    "charged",
    "sponsored",
)
"""What `period.settle` says of a period, in fen."""
MONEY = ("books", "members", "settlement", "payments")
"""Whose checks must find nothing before a period is locked and after it is announced."""


class InvariantBroken(Refusal):
    """Money or members are not what they must be: nothing is settled until somebody has looked."""

    code = "invariant_broken"
    en = "Settlement stops: {checks} found something wrong; see “sameboat check”."
    zh = "结算已停止：{checks} 发现问题，请运行 sameboat check 查看。"


def advance(*, plan_id: str, now: datetime) -> list[str]:
    """Run every stage that is due for the plan; returns their names, in order.

    One process at a time: a second one is refused with `PeriodBusy`.
    """
    done: list[str] = []
    with alone("settlement", plan_id):
        while step := queries.due_stage(plan_id, now):
            stage, publicity_on = step
            if stage == "lock":
                assure_money()
                lock(plan_id=plan_id, publicity_on=publicity_on, now=now)
            else:
                period = Period.objects.get(plan=plan_id, publicity_on=publicity_on)
                STAGES[stage](period_id=period.pk, now=now)
                if stage == "announce":
                    assure_money()
            done.append(f"{publicity_on} {stage}")
    return done


def assure_money() -> None:
    """Refuse to go on where money or members are not what they must be (`sameboat check`)."""
    broken = tuple(found.name for found in sql_checks(MONEY) if found.findings)
    if broken:
        raise InvariantBroken(checks=", ".join(broken))


@transaction.atomic
def lock(*, plan_id: str, publicity_on: date, now: datetime) -> Period:
    """Fix who shares: from now on only what was recorded before 00:00 of the day counts."""
    plan = plan_of(plan_id)
    if publicity_on != queries.next_publicity_on(plan_id):
        raise StageNotDue(stage="lock", publicity_on=publicity_on, why=Wait.ANOTHER_PERIOD)
    if now < start_of(publicity_on, plan.timezone):
        raise StageNotDue(stage="lock", publicity_on=publicity_on, why=Wait.DAY_NOT_BEGUN)
    dates = dates_of(plan, publicity_on)
    period = Period.objects.create(
        plan=plan_id,
        publicity_on=publicity_on,
        version=terms_on(plan_id, publicity_on).version,
        publicity_ends_on=dates.publicity_ends_on,
        notice_on=dates.notice_on,
        debit_on=dates.debit_on,
        retries_until=dates.retries_until,
        payout_from=dates.payout_from,
    )
    reach("settlement.lock.period")
    opened = open_publicity(plan_id=plan_id, publicity_on=publicity_on, now=now)
    reach("settlement.lock.publicity")
    _mark(period, "lock", {"published": opened}, now=now)
    reach("settlement.lock.mark")
    return period


def snapshot(*, period_id: int, now: datetime) -> None:
    """Write the memberships that exist at the lock, and show what each might have to pay."""
    period = _due(period_id, "snapshot", now)
    plan = plan_of(period.plan)
    files = files_of(period.plan, period.publicity_on)
    with written_whole(files.snapshot) as draft:
        members = write_snapshot(
            plan_id=period.plan,
            lock_on=period.publicity_on,
            lock_at=start_of(period.publicity_on, plan.timezone),
            to=draft,
        )
        reach("settlement.snapshot.draft")
    reach("settlement.snapshot.file")
    active = queries.active_at_lock(period)
    assert members == active, f"the snapshot has {members} members, members.day says {active}"
    standings = engine.standings(files.snapshot, queries.lock_of(period))
    period.is_borne = queries.falls_to_sponsor(period)
    share = queries.divide(period, standings, claims=queries.published_aid(period))
    with transaction.atomic():
        Period.objects.filter(pk=period.pk).update(
            sharing=share.sharing, provisional_share=share.each
        )
        reach("settlement.snapshot.period")
        facts = {"members": members, "sha256": sha256_of(files.snapshot)}
        _mark(period, "snapshot", facts, now=now)
        reach("settlement.snapshot.mark")


@transaction.atomic
def close(*, period_id: int, now: datetime) -> None:
    """Take the claims whose publicity is over and whose objections are answered; fix the fees."""
    period = _due(period_id, "close", now)
    terms = terms_on(period.plan, period.publicity_on)
    finalise(plan_id=period.plan, publicity_on=period.publicity_on, now=now)
    reach("settlement.close.finalise")
    take_back(plan_id=period.plan, now=now)
    reach("settlement.close.recoveries")
    claims = _claims_of(period, terms.sharing)
    PeriodClaim.objects.bulk_create(claims)
    reach("settlement.close.claims")
    facts = MoneyFact.objects.filter(plan=period.plan, period=None).update(period=period)
    reach("settlement.close.money_facts")
    add_entry(
        chain=chain_id("period", period.plan),
        type="period.close",
        body={"plan": period.plan, "period": period.publicity_on.isoformat()},
        roles=["operator"],
        now=now,
    )
    reach("settlement.close.entry")
    _move(period, "LOCKED", "CLOSED")
    reach("settlement.close.period")
    _mark(period, "close", {"claims": len(claims), "money_facts": facts}, now=now)
    reach("settlement.close.mark")


def share(*, period_id: int, now: datetime) -> None:
    """Divide the cost (`rules.share`) and write what each member and each payer is charged.

    From here to the settlement no claim of the period can be reopened; one that was, has left it.
    """
    period = _due(period_id, "share", now)
    _hold_claims(period, now=now)
    files = files_of(period.plan, period.publicity_on)
    lock_ = queries.lock_of(period)
    standings = engine.standings(files.snapshot, lock_)
    period.is_borne = queries.falls_to_sponsor(period)
    if queries.pays_what_is_left(period):
        _pay_what_is_left(period)
    divided = queries.divide(period, standings, claims=queries.settled_aid(period))
    charges = charges_of(standings, divided)
    with written_whole(files.shares) as draft:
        engine.write_shares(files.snapshot, lock_, charges, to=draft)
        reach("settlement.share.shares_draft")
    reach("settlement.share.shares_file")
    with written_whole(files.debits) as draft:
        engine.write_debits(files.shares, to=draft)
        reach("settlement.share.debits_draft")
    reach("settlement.share.debits_file")
    by_member, by_payer, payers = engine.totals(files.shares, files.debits)
    assert by_member == divided.charged, "the shares file does not add up to what is charged"
    assert by_payer == divided.charged, "the debits file does not add up to what is charged"
    with transaction.atomic():
        Period.objects.filter(pk=period.pk).update(
            is_borne=period.is_borne,
            sharing=divided.sharing,
            aid=divided.aid,
            fee=divided.fee,
            extra=divided.extra,
            recovered=divided.recovered,
            cost=divided.cost,
            shareable=divided.shareable,
            due=divided.due,
            carried_in=divided.carried_in,
            carried_out=divided.carried_out,
            each=divided.each,
            charged=divided.charged,
            sponsored=divided.sponsored,
        )
        reach("settlement.share.period")
        facts = {
            "payers": payers,
            "standings": [asdict(standing) for standing in standings],
            "shares_sha256": sha256_of(files.shares),
            "debits_sha256": sha256_of(files.debits),
        }
        _mark(period, "share", facts, now=now)
        reach("settlement.share.mark")


def certify(*, period_id: int, now: datetime) -> None:
    """Make the share leaves and class roots, put the settlement on the record and in the books."""
    period = _due(period_id, "certify", now)
    files = files_of(period.plan, period.publicity_on)
    key = keystore().get_or_create("period", f"{period.plan}:{period.publicity_on}")
    reach("settlement.certify.key")
    # A period in which nothing is due has no classes: nobody is charged, nothing to prove.
    counts = engine.classes(files.shares) if period.due else []
    named = [_share_class(period, one) for one in counts]
    with written_whole(files.leaves) as draft:
        engine.write_leaves(files.shares, named, period_key=key, to=draft)
        reach("settlement.certify.leaves_draft")
    reach("settlement.certify.leaves_file")
    trees = _class_trees(files.leaves, [one.members for one in counts])
    with written_whole(files.nodes) as draft:
        write_nodes(trees, to=draft)
        reach("settlement.certify.nodes_draft")
    reach("settlement.certify.nodes_file")
    classes = [
        PeriodClass(
            period=period,
            status=one.status,
            weight=one.weight,
            amount=one.amount,
            members=one.members,
            root=tree.root(),
        )
        for one, tree in zip(counts, trees, strict=True)
    ]
    with transaction.atomic():
        PeriodClass.objects.bulk_create(classes)
        reach("settlement.certify.classes")
        entry = add_entry(
            chain=chain_id("period", period.plan),
            type="period.settle",
            body=_settle_body(period, classes),
            roles=["operator", *(["sponsor"] if period.sponsored else [])],
            now=now,
        )
        reach("settlement.certify.entry")
        _book(period, now=now)
        reach("settlement.certify.books")
        mark_settled(
            claim_ids=list(period.claims.values_list("claim_id", flat=True)),
            period_on=period.publicity_on,
            now=now,
        )
        reach("settlement.certify.claims")
        _count_groups(period)
        _move(period, "CLOSED", "SETTLED", settle_entry_hash=entry.hash)
        reach("settlement.certify.period")
        _mark(period, "certify", {"leaves_sha256": sha256_of(files.leaves)}, now=now)
        reach("settlement.certify.mark")


@transaction.atomic
def announce(*, period_id: int, now: datetime) -> None:
    """Fix the debit day, moved where the settlement was recorded too late for the notice."""
    period = _due(period_id, "announce", now)
    plan = plan_of(period.plan)
    terms = terms_on(period.plan, period.publicity_on)
    dates = keeping_notice(
        dates_of(plan, period.publicity_on),
        settled_on=day_of(now, plan.timezone),
        notice_days=terms.rhythm.debit_notice_days,
    )
    _move(
        period,
        "SETTLED",
        "ANNOUNCED",
        notice_on=dates.notice_on,
        debit_on=dates.debit_on,
        retries_until=dates.retries_until,
        payout_from=dates.payout_from,
    )
    reach("settlement.announce.period")
    _mark(period, "announce", {"debit_on": dates.debit_on.isoformat()}, now=now)
    reach("settlement.announce.mark")


STAGES = {
    "snapshot": snapshot,
    "close": close,
    "share": share,
    "certify": certify,
    "announce": announce,
}


def _due(period_id: int, stage: str, now: datetime) -> Period:
    """The period, if this stage is the one to run now."""
    period = Period.objects.get(pk=period_id)
    why = queries.why_not_due(period, stage, now)
    if why is not None:
        raise StageNotDue(stage=stage, publicity_on=period.publicity_on, why=why)
    return period


def _mark(period: Period, stage: str, facts: dict[str, object], *, now: datetime) -> None:
    StageMark.objects.create(period=period, stage=stage, facts=facts, done_at=now)


def _move(period: Period, old: str, new: str, **values: object) -> None:
    """Compare and set: of two who move the same period, the second is refused."""
    moved = Period.objects.filter(pk=period.pk, state=old).update(state=new, **values)
    if moved != 1:
        raise PeriodBusy(plan=period.plan)


def _claims_of(period: Period, terms: Sharing) -> list[PeriodClaim]:
    """The accepted claims, each with what is due besides what was settled on it before."""
    accepted = accepted_claims(period.plan)
    before = settled_before(claim.pk for claim in accepted)
    rows = []
    for claim in accepted:
        assert claim.aid is not None
        aid = Fen(claim.aid - before.get(claim.pk, NOTHING).aid)
        assert aid >= 0, "what was settled too much was not taken back"
        rows.append(PeriodClaim(period=period, claim=claim, aid=aid, fee=fee_of(aid, terms)))
    return rows


@transaction.atomic
def _hold_claims(period: Period, *, now: datetime) -> None:
    """Hold the claims that are as they were when the period was closed; the others leave it.

    All of them leave it where aid is paid from what is left and a claim may still come: they are
    settled together by a later period.
    """
    closed_at = StageMark.objects.get(period=period, stage="close").done_at
    staying = period.claims.filter(claim__accepted_at__lte=closed_at)
    is_held = staying.exclude(claim__money_moves="").exists()  # By a run that was killed after.
    if not is_held and queries.waits_for_the_last_claim(period, now):
        staying = staying.none()
    held = begin_settling(claim_ids=list(staying.values_list("claim_id", flat=True)))
    reach("settlement.share.held")
    period.claims.exclude(claim__in=held).delete()
    reach("settlement.share.left")


@transaction.atomic
def _pay_what_is_left(period: Period) -> None:
    """Reduce the aid of the period's claims to what the money left reaches, by the terms."""
    terms = terms_on(period.plan, period.publicity_on).sharing
    rows = list(period.claims.select_related("claim").order_by("pk"))
    before = settled_before(row.claim_id for row in rows)
    # From the claims themselves: what an earlier run wrote into the rows is reduced already.
    full = [Fen((row.claim.aid or 0) - before.get(row.claim_id, NOTHING).aid) for row in rows]
    reached = within_reach(full, left=queries.left_over(period), terms=terms)
    for row, aid, within in zip(rows, full, reached, strict=True):
        row.aid, row.fee = within, fee_of(within, terms)
        row.save(update_fields=["aid", "fee"])
        reach("settlement.share.reduced")
        fall_short(claim_id=row.claim_id, unfunded=Fen(aid - within))
        reach("settlement.share.unfunded")


def _share_class(period: Period, one: engine.ClassCount) -> ShareClass:
    return ShareClass(
        plan=period.plan,
        period=period.publicity_on.isoformat(),
        status=one.status,
        weight=one.weight,
        amount=one.amount,
    )


def _class_trees(leaves: Path, members: list[int]) -> list[TileBuilder]:
    """Each class's tree, which has as many leaves as its class has members."""
    builders = [TileBuilder() for _ in members]
    for number, buffer in engine.leaf_buffers(leaves):
        builders[number].add_buffer(buffer)
    assert [builder.size for builder in builders] == members
    return builders


def _count_groups(period: Period) -> None:
    """Keep how many claims were settled in each group, so that no claim is opened for it again."""
    # One that was settled in an earlier period is counted already.
    again = PeriodClaim.objects.filter(period__publicity_on__lt=period.publicity_on)
    first = period.claims.exclude(claim__in=again.values("claim")).select_related("claim")
    counted = Counter(group_of(row.claim) for row in first)
    for group, claims in sorted(counted.items()):
        count, _ = GroupCount.objects.get_or_create(
            plan=period.plan, group=group, defaults={"claims": 0}
        )
        reach("settlement.certify.group")
        GroupCount.objects.filter(pk=count.pk).update(claims=F("claims") + claims)
        reach("settlement.certify.group_count")


def _settle_body(period: Period, classes: list[PeriodClass]) -> dict[str, Json]:
    """What `period.settle` says. It names no claims: they follow from `period.close`."""
    lines = {"extra": EXTRA, "recovered": RECOVERED}
    facts: dict[str, Json] = {
        name: [
            fact.entry_hash.hex()
            for fact in period.money_facts.filter(kind__in=kinds).order_by("entry_hash")
        ]
        for name, kinds in lines.items()
    }
    return {
        "plan": period.plan,
        "period": period.publicity_on.isoformat(),
        **{name: getattr(period, name) for name in AMOUNTS},
        "extra_facts": facts["extra"],
        "recovered_facts": facts["recovered"],
        "classes": [
            {
                "status": one.status,
                "weight": one.weight,
                "amount": one.amount,
                "count": one.members,
                "root": one.root.hex(),
            }
            for one in classes
        ],
    }


def _book(period: Period, *, now: datetime) -> None:
    """Members and sponsor owe; claimants, fee and carry are owed."""
    assert period.carried_in is not None and period.carried_out is not None
    lines = {
        "members": period.charged,
        "sponsor": period.sponsored,
        "carry": period.carried_in - period.carried_out,
        "claimants": -(period.aid or 0),
        "fee": -(period.fee or 0),
        # What was stated as a money fact stands here already; now it is divided, or relieves.
        "extra": (period.recovered or 0) - (period.extra or 0),
    }
    moving = {f"{period.plan}:{name}": Fen(amount) for name, amount in lines.items() if amount}
    if not moving:
        return
    book(
        key=f"settle/{period.plan}/{period.publicity_on}",
        kind="settle",
        plan=period.plan,
        period_on=period.publicity_on,
        subject="",
        lines=moving,
        now=now,
    )
