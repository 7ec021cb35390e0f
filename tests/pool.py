"""A small pool for tests of money: members, a claim on its way, and days that pass.

Everybody here lives through the real actions. Members beside the five persons of the society are
numbered; each pays for themselves from a wallet of the sandbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from claims.documents_factory import photo
from sameboat.claims import actions as claims
from sameboat.claims.clauses import WAITING_CLAUSE
from sameboat.claims.models import Claim
from sameboat.gateways.models import WalletRule
from sameboat.gateways.payment import sandbox
from sameboat.identity import actions as identity
from sameboat.identity.persons import ADULT_YEARS
from sameboat.identity.roles import Role
from sameboat.members import actions as members
from sameboat.members.models import Membership
from sameboat.plans import actions as plans
from sameboat.plans import catalogue
from sameboat.record import actions as record
from sameboat.rules.calendar import age_on
from sameboat.rules.money import Fen
from sameboat.settlement import actions as settlement
from sameboat.settlement.models import Period
from society import ANA, HAO, LIN, PLAN, START, Somebody, joined, signed_in

INSURER = Somebody(
    name="尹保保",
    born_on=date(1980, 6, 1),
    sex="f",
    staff_name="yin",
    roles=(Role.INSURER,),
)
INVESTIGATOR = Somebody(
    name="狄仁义",
    born_on=date(1975, 7, 1),
    sex="m",
    staff_name="di",
    roles=(Role.INVESTIGATOR,),
)
YUE = Somebody(
    name="岳二审",
    born_on=date(1981, 3, 3),
    sex="f",
    staff_name="yue",
    roles=(Role.SECOND_DECIDER,),
)
D = date(2026, 3, 7)
"""The first publicity day after `START`."""


def at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """An instant by the clocks of the plan."""
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))
    return local.astimezone(UTC)


def another(number: int) -> Somebody:
    """The `number`-th member beside the five persons; all are adults of different ages."""
    return Somebody(
        name=f"成员{number}",
        born_on=date(1970 + number % 30, 1 + number % 12, 1 + number % 28),
        sex="f",
        phone=f"+86139{number:08d}",
        serial=number // 28,
    )


def pooled_rulebook(folder: Path) -> Path:
    """The demonstration plan, in which the pool bears what elsewhere the operator does."""
    return rulebook_with(
        {
            b'borne_by = "operator"': b'borne_by = "next_period"',
            b'refund_from = "operator"': b'refund_from = "pool"',
            # Nobody can come back by paying: so what is not paid is borne at once.
            b"reinstatement_days = 30": b"reinstatement_days = 0",
        },
        folder,
    )


def rulebook_with(changes: Mapping[bytes, bytes], folder: Path, plan_id: str = PLAN) -> Path:
    """A rulebook of the catalogue with some words changed; each stands in it."""
    for name, content in catalogue.read(plan_id).items():
        for old, new in changes.items():
            assert old in content or not name.endswith(".toml"), old
            content = content.replace(old, new)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / f"{plan_id}.toml"


def filled(count: int, *, rulebook: Path | None = None, now: datetime = START) -> list[Membership]:
    """The plan runs, and Ana and `count` others have joined; Ana's membership is the first."""
    record.start_record(now=now)
    plans.adopt(plan_id_or_path=rulebook or PLAN, now=now)
    return [joined(ANA, now=now), *(joined(another(n), now=now) for n in range(count))]


def proposed(
    membership: Membership,
    somebody: Somebody = ANA,
    *,
    row: str = "severe-39",
    now: datetime | None = None,
) -> Claim:
    """A claim after an accident, from the draft to the second decision, within the hour."""
    now = now or at(date(2026, 3, 4), 9)
    claim = sealed(membership, somebody, diagnosed_on=date(2026, 3, 3), now=now)
    assessed(claim.ref, row, now=now + timedelta(minutes=30))
    claim.refresh_from_db()
    return claim


def sealed(
    membership: Membership,
    somebody: Somebody,
    *,
    diagnosed_on: date,
    now: datetime,
    accident: bool = True,
) -> Claim:
    """A claim, mostly after an accident, filed and handed in with its documents."""
    own = signed_in(somebody, now=now).id
    ref = claims.draft_claim(
        login_id=own,
        membership_ref=membership.ref,
        illness="1",
        severity="severe",
        accident=accident,
        diagnosed_on=diagnosed_on,
        hospital="协和医院",
        statement="车祸",
        payee_name=somebody.name,
        payee_phone=somebody.phone,
        now=now,
    )
    _sealed(ref, membership, own, now=now)
    return Claim.objects.get(ref=ref)


def reopened(claim: Claim, *, now: datetime) -> None:
    """Two second deciders take a decided claim back to assessment."""
    decision = claims.reopen_claim(
        login_id=signed_in(LIN, now=now).id,
        claim_ref=claim.ref,
        reason_code="fraud",
        reason="重新核查",
        now=now,
    )
    claims.confirm_decision(login_id=signed_in(YUE, now=now).id, decision_id=decision, now=now)


def proposed_again(claim: Claim, row: str, *, now: datetime) -> None:
    """The aid of another row is proposed and seconded."""
    decision = claims.propose_aid(
        login_id=signed_in(HAO, now=now).id,
        claim_ref=claim.ref,
        benefit_row=row,
        reason="重新核定",
        now=now,
    )
    claims.confirm_decision(login_id=signed_in(LIN, now=now).id, decision_id=decision, now=now)


def declined_in_waiting(membership: Membership, somebody: Somebody, *, now: datetime) -> Claim:
    """A claim for an illness in the waiting period, declined by two; the membership ends by it."""
    own = signed_in(somebody, now=now).id
    ref = claims.draft_claim(
        login_id=own,
        membership_ref=membership.ref,
        illness="1",
        severity="severe",
        accident=False,
        diagnosed_on=date(2026, 3, 12),
        hospital="协和医院",
        statement="生病",
        payee_name=somebody.name,
        payee_phone=somebody.phone,
        now=now,
    )
    _sealed(ref, membership, own, now=now)
    declined(ref, clause=WAITING_CLAUSE, reason_code="in_waiting_period", now=now)
    return Claim.objects.get(ref=ref)


def declined(ref: str, *, clause: str, reason_code: str, now: datetime) -> None:
    """A claim that was handed in is declined by two, under a clause."""
    decision = claims.decline_claim(
        login_id=signed_in(HAO, now=now).id,
        claim_ref=ref,
        clause=clause,
        reason_code=reason_code,
        reason="不符合条款",
        now=now,
    )
    claims.confirm_decision(login_id=signed_in(LIN, now=now).id, decision_id=decision, now=now)


def _sealed(ref: str, membership: Membership, own: int, *, now: datetime) -> None:
    """Opened, with the consents, the documents, and sealed by the claimant."""
    claims.open_claim(login_id=own, claim_ref=ref, now=now)
    for purpose in ("health_data", "publication"):
        identity.give_consent(
            login_id=own, person_id=membership.person_id, purpose=purpose, version="1", now=now
        )
    is_child = age_on(membership.born_on, now.date()) < ADULT_YEARS
    for kind in ("identity", "diagnosis", *(["authority"] if is_child else [])):
        claims.add_evidence(
            login_id=own,
            claim_ref=ref,
            kind=kind,
            content=photo(f"{kind} {ref}"),
            filename=f"{kind}.jpg",
            device_hash=None,
            now=now,
        )
    claims.seal_claim(login_id=own, claim_ref=ref, now=now)


def assessed(ref: str, row: str, *, now: datetime) -> None:
    hao, lin, yin, di = (signed_in(one, now=now).id for one in (HAO, LIN, INSURER, INVESTIGATOR))
    claims.assign_investigator(login_id=yin, claim_ref=ref, investigator_id=di, now=now)
    claims.report_investigation(
        login_id=di, claim_ref=ref, finding="confirmed", report="属实", now=now
    )
    decision = claims.propose_aid(
        login_id=hao, claim_ref=ref, benefit_row=row, reason="符合条款", now=now
    )
    claims.confirm_decision(login_id=lin, decision_id=decision, now=now)


def poor(membership: Membership, balance: int = 0) -> None:
    """The payer's wallet holds so many fen."""
    customer = membership.household.customer_ref
    sandbox.set_wallet(customer=customer, rule=WalletRule.PAYS, balance=Fen(balance))


def settled_until(now: datetime, plan_id: str = PLAN) -> list[str]:
    """Days are closed, what is due of the settlement is done, and all of it is recorded."""
    members.close_days_due(now=now)
    done = settlement.advance(plan_id=plan_id, now=now)
    record.sequence(now=now)
    return done


def announced(publicity_on: date = D) -> Period:
    """The period locked on its day, closed, settled, recorded and announced."""
    settled_until(at(publicity_on))
    settled_until(at(publicity_on + timedelta(days=3)))
    settled_until(at(publicity_on + timedelta(days=3), 0, 1))
    period = Period.objects.get(publicity_on=publicity_on)
    assert period.state == "ANNOUNCED"
    return period
