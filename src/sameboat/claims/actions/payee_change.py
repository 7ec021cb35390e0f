"""Another payee after the aid was decided: money must not follow whoever took somebody's phone.

Whoever files asks and gives a code that goes to their own phone. Everybody who has to do with the
claim is told, and anybody who files may stop it. For 24 hours, and until a supervisor agrees, the
payee stays as decided and nothing is paid.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Unpack
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from sameboat.claims.access import claim_to_file, claim_to_judge
from sameboat.claims.actions.payee import ask_about
from sameboat.claims.actions.reopening import PAYING, MoneyOnItsWay
from sameboat.claims.life import ClaimEventNotPossible, ClaimMoved
from sameboat.claims.models import Claim, NamesPayee, PayeeChange
from sameboat.claims.payees import (
    AFTER_THE_DECISION,
    named,
    payee_of,
    read_payee,
    refuse_unverified,
)
from sameboat.claims.stated import SaidPayee
from sameboat.gateways.messaging import Message, link, provider
from sameboat.identity.actions import audit
from sameboat.identity.actions.codes import Purpose, ask_code, use_code
from sameboat.identity.models import Login
from sameboat.identity.queries import reader_of
from sameboat.identity.roles import Role
from sameboat.plans.queries import plan
from sameboat.rules.claim import State
from sameboat.runtime.jobs import queue
from sameboat.runtime.refusals import Refusal

WAIT = timedelta(hours=24)
_COLUMNS = tuple(field.name for field in NamesPayee._meta.get_fields())


class PayeeChangeWaits(Refusal):
    """A confirmed change of the payee stands already, or its time is not over."""

    code = "payee_change_waits"
    en = "A change of the payee waits until {until} at least. Stop it first, or wait."
    zh = "已有一项收款人更换申请，最早 {until} 才能生效。请等待，或先停止该申请。"


class NoSuchPayeeChange(Refusal):
    """No change of the claim's payee stands."""

    code = "no_such_payee_change"
    en = "No change of the payee is under way on this claim."
    zh = "该申请没有正在办理的收款人更换。"


@transaction.atomic
def ask_payee_change(
    *, login_id: int, claim_ref: str, now: datetime, **said: Unpack[SaidPayee]
) -> None:
    """Ask for another payee after the decision; a code goes to the phone of whoever asks.

    One that nobody confirmed gives way; the gateway is asked about the new payee meanwhile.
    """
    claim = _decided(login_id, claim_ref)
    standing = claim.payee_changes.filter(outcome="").first()
    if standing is not None:
        _refuse_while_it_waits(standing)
        _end(standing, "stopped", login_id, now)
    columns = named(claim.ref, read_payee(said), login_id=login_id, ill=claim.membership, now=now)
    change = PayeeChange(claim=claim, asked_by_id=login_id, asked_at=now, **columns)
    try:
        with transaction.atomic():
            change.save()
    except IntegrityError:
        # `one_payee_change_stands_per_claim`: somebody else of the family asked in this moment.
        raise ClaimMoved(state=State[claim.state].value) from None
    ask_about(columns)
    login = Login.objects.get(id=login_id)
    ask_code(login=login, purpose=Purpose.PAYEE, subject=claim.ref, now=now)


@transaction.atomic
def confirm_payee_change(*, login_id: int, claim_ref: str, code: str, now: datetime) -> bool:
    """Give the code; from here on it waits, and nothing is paid. False for a wrong code."""
    claim = _decided(login_id, claim_ref)
    change = claim.payee_changes.filter(outcome="", asked_by_id=login_id).first()
    if change is None:
        raise NoSuchPayeeChange()
    _refuse_while_it_waits(change)
    login = Login.objects.get(id=login_id)
    if not use_code(login=login, purpose=Purpose.PAYEE, subject=claim.ref, code=code, now=now):
        return False
    # The claim's own row says it, so that no payment begins in the same moment.
    if not _changeable(claim).update(payee_held_at=now):
        raise MoneyOnItsWay()
    PayeeChange.objects.filter(id=change.id).update(confirmed_at=now, waits_until=now + WAIT)
    _tell(change, "payee_change_asked")
    return True


@transaction.atomic
def stop_payee_change(*, login_id: int, claim_ref: str, now: datetime) -> None:
    """Whoever may file the claim stops it: the payee stays as decided."""
    claim = claim_to_file(login_id, claim_ref)
    change = _standing(claim)
    _end(change, "stopped", login_id, now)
    _tell(change, "payee_change_ended")


@transaction.atomic
def decide_payee_change(*, login_id: int, claim_ref: str, approve: bool, now: datetime) -> None:
    """A supervisor lets a confirmed change take effect, after its wait, or refuses it at once."""
    claim = claim_to_judge(login_id, claim_ref, Role.SUPERVISOR, now=now)
    change = _standing(claim)
    if change.confirmed_at is None:
        raise NoSuchPayeeChange()
    if approve:
        assert change.waits_until is not None
        if now < change.waits_until:
            raise PayeeChangeWaits(until=_hour(change))
        refuse_unverified(change)
        columns = {name: getattr(change, name) for name in _COLUMNS}
        if not _changeable(claim).update(**columns):
            raise MoneyOnItsWay()
    _end(change, "approved" if approve else "refused", login_id, now)
    verb = "claim.payee.approve" if approve else "claim.payee.refuse"
    audit(login_id=login_id, verb=verb, subject=claim.ref, now=now)
    _tell(change, "payee_change_ended")


def tell_payee_change(*, change_id: int, template: str, now: datetime) -> None:
    """Tell everybody who has to do with the claim, and the payee of the decision."""
    change = PayeeChange.objects.select_related("claim__membership__household").get(id=change_id)
    claim = change.claim
    data = {"claim": claim.ref[:8], "link": link(f"/claims/{claim.ref}")}
    if template == "payee_change_asked":
        data["until"] = _hour(change)
    readers = [reader for login in _concerned(claim) if (reader := reader_of(login))]
    phones = {reader.phone: reader.language for reader in readers}
    if template == "payee_change_asked":
        phones.setdefault(payee_of(claim).phone, "zh")
    messages = [
        Message(
            key=f"{template}/{change.pk}/{number}/{language}",
            to=phone,
            template=template,
            data=data,
            language=language,
        )
        for number, (phone, language) in enumerate(phones.items())
    ]
    if messages:
        provider().send(*messages, now=now)


def _concerned(claim: Claim) -> list[Login]:
    """Whoever filed, the ill member, who pays, and the family that acts for the member."""
    ill, payer = claim.membership.person_id, claim.membership.household.payer_id
    among = Q(id=claim.filed_by_id) | Q(person__in=(ill, payer))
    among |= Q(person__relations__relative=ill)
    logins = Login.objects.filter(among, is_staff=False, is_active=True)
    return list(logins.distinct().order_by("pk"))


def _decided(login_id: int, claim_ref: str) -> Claim:
    claim = claim_to_file(login_id, claim_ref)
    if State[claim.state] not in AFTER_THE_DECISION:
        raise ClaimEventNotPossible(state=State[claim.state].value, event="change_payee")
    if claim.money_moves == PAYING:
        raise MoneyOnItsWay()
    return claim


def _changeable(claim: Claim) -> QuerySet[Claim]:
    states = [state.name for state in AFTER_THE_DECISION]
    return Claim.objects.filter(id=claim.id, state__in=states).exclude(money_moves=PAYING)


def _standing(claim: Claim) -> PayeeChange:
    change = claim.payee_changes.filter(outcome="").first()
    if change is None:
        raise NoSuchPayeeChange()
    return change


def _refuse_while_it_waits(change: PayeeChange) -> None:
    if change.confirmed_at is not None:
        raise PayeeChangeWaits(until=_hour(change))


def _end(change: PayeeChange, outcome: str, login_id: int, now: datetime) -> None:
    ended = PayeeChange.objects.filter(id=change.id, outcome="").update(
        outcome=outcome, decided_by_id=login_id, decided_at=now
    )
    if not ended:
        raise NoSuchPayeeChange()
    Claim.objects.filter(id=change.claim_id).update(payee_held_at=None)


def _tell(change: PayeeChange, template: str) -> None:
    queue.configure_task("claims.tell_payee_change").defer(change_id=change.pk, template=template)


def _hour(change: PayeeChange) -> str:
    assert change.waits_until is not None
    zone = ZoneInfo(plan(change.claim.plan).timezone)
    return f"{change.waits_until.astimezone(zone):%Y-%m-%d %H:%M}"
