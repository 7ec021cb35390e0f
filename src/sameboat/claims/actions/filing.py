"""The claimant's verbs: draft, open, seal, withdraw, appeal."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from sameboat.claims.access import NoSuchClaim, claim_to_file, may_file
from sameboat.claims.checking import run_checks
from sameboat.claims.life import check_possible, step, terms_of
from sameboat.claims.models import Appeal, Claim, Decision
from sameboat.claims.stated import (
    APPEAL_PLACE,
    LONG_MAX,
    SHORT_MAX,
    Stated,
    payee,
    payee_index,
    phone_index,
    seal_payee,
    seal_stated,
    severity_of,
    stated_of,
)
from sameboat.claims.stated import (
    text as written,
)
from sameboat.identity.models import Consent
from sameboat.identity.personal import seal_text
from sameboat.members.models import Membership
from sameboat.members.queries import membership_key
from sameboat.plans.queries import plan
from sameboat.proof.commitment import claimant
from sameboat.rules.calendar import day_of
from sameboat.rules.claim import CLOSED, Event, Role, State
from sameboat.rules.versions import governing_version
from sameboat.runtime.ids import reference
from sameboat.runtime.keys import keystore
from sameboat.runtime.refusals import Refusal

CONSENTS = ("health_data", "publication")
"""Purposes to which the person consents before the claim can be assessed and shown."""


class OpenClaimExists(Refusal):
    """The membership has a claim that is not decided yet."""

    code = "open_claim_exists"
    en = "There is a claim for this membership already that is not finished."
    zh = "该成员已有一件尚未办结的申请。"


class DiagnosedLater(Refusal):
    """The day of first diagnosis has not come yet."""

    code = "diagnosed_later"
    en = "The day of first diagnosis, {diagnosed_on}, is in the future."
    zh = "初次确诊日 {diagnosed_on} 还没有到。"


class EvidenceMissing(Refusal):
    """Kinds of documents that the terms require are not there yet."""

    code = "evidence_missing"
    en = "These documents are still missing: {kinds}."
    zh = "还缺少以下材料：{kinds}。"


class ConsentMissing(Refusal):
    """The person has not agreed to what assessing and publishing a claim needs."""

    code = "consent_missing"
    en = "Before handing the claim in, the ill person agrees to: {purposes}."
    zh = "提交申请前，患者本人须同意：{purposes}。"


class AppealTimeOver(Refusal):
    """The time in which the decline could be taken to the board has ended."""

    code = "appeal_time_over"
    en = "The time to appeal ended at {ended_at}."
    zh = "申诉期已于 {ended_at} 结束。"


@transaction.atomic
def draft_claim(
    *,
    login_id: int,
    membership_ref: str,
    illness: str,
    severity: str,
    accident: bool,
    diagnosed_on: date,
    hospital: str,
    statement: str,
    payee_name: str,
    payee_phone: str,
    now: datetime,
) -> str:
    """Begin a claim and return its reference; nothing of it is on the record yet.

    `illness` is the row's number in the plan's list (`rules.illness.find_illness` finds it).
    """
    membership = _membership(login_id, membership_ref)
    if diagnosed_on > day_of(now, plan(membership.plan).timezone):
        raise DiagnosedLater(diagnosed_on=diagnosed_on)
    stated = Stated(
        illness=written(illness, field="illness", longest=SHORT_MAX),
        severity=severity_of(severity),
        accident=accident,
        diagnosed_on=diagnosed_on,
        hospital=written(hospital, field="hospital", longest=SHORT_MAX),
        statement=written(statement, field="statement", longest=LONG_MAX),
    )
    receives = payee(payee_name, payee_phone)
    _refuse_second_claim(membership)
    ref = reference()
    # The key comes first: a key without a row does no harm, a row without its key is lost data.
    keystore().create("claim", ref)
    claim = Claim(
        ref=ref,
        membership=membership,
        plan=membership.plan,
        filed_by_id=login_id,
        state=State.DRAFT.name,
        sealed_facts=seal_stated(ref, stated),
        sealed_payee=seal_payee(ref, receives),
        payee_index=payee_index(receives),
        phone_index=phone_index(receives),
        payee_ref=reference(),
        drafted_at=now,
    )
    try:
        with transaction.atomic():
            claim.save()
    except IntegrityError:
        # Somebody else of the household began one in the same moment.
        _refuse_second_claim(membership)
        raise
    return ref


@transaction.atomic
def open_claim(*, login_id: int, claim_ref: str, now: datetime) -> None:
    """Put the claim on the record: from here its governing version is fixed.

    `claim.open` names plan, version and the claimant's hash, so that a witness can count claims
    per membership without knowing whose they are.
    """
    claim = claim_to_file(login_id, claim_ref)
    check_possible(claim, Event.OPEN)
    rulebook = plan(claim.plan)
    version = governing_version(
        rulebook,
        diagnosed_on=stated_of(claim).diagnosed_on,
        reported_on=day_of(now, rulebook.timezone),
        joined_on=claim.membership.joined_on,
    ).version
    who = claimant(membership_key(claim.membership)).hex()
    body = {"plan": claim.plan, "version": version, "claimant": who}
    step(
        claim,
        Event.OPEN,
        roles=[Role.INTAKE],
        body=body,
        now=now,
        governing_version=version,
        opened_at=now,
    )


@transaction.atomic
def seal_claim(*, login_id: int, claim_ref: str, now: datetime) -> None:
    """Hand the claim in: no document can be added freely any more, and the checks are run.

    Intake signs for the member. A member's login opens by a code to the member's phone only, which
    is the confirmation that the record's rules ask for.
    """
    claim = claim_to_file(login_id, claim_ref)
    check_possible(claim, Event.SEAL)
    _refuse_without_consent(claim)
    _refuse_without_evidence(claim)
    body = {"documents": claim.evidence.count()}
    step(claim, Event.SEAL, roles=[Role.INTAKE], body=body, now=now, sealed_at=now)
    run_checks(claim, now=now)


@transaction.atomic
def withdraw_claim(*, login_id: int, claim_ref: str, now: datetime) -> None:
    """Take the claim back. Intake and the second organisation sign for the member."""
    claim = claim_to_file(login_id, claim_ref)
    roles = [Role.INTAKE, Role.SECOND]
    check_possible(claim, Event.WITHDRAW)
    # The decision's row before the claim's, as in `confirm_decision`: the other way round, the two
    # could wait for each other.
    claim.decisions.filter(second_at=None, dropped_at=None).update(dropped_at=now)
    step(claim, Event.WITHDRAW, roles=roles, body={}, now=now, closed_at=now)


@transaction.atomic
def appeal(*, login_id: int, claim_ref: str, text: str, now: datetime) -> None:
    """Ask for the review board after a decline; once for each decision.

    The claim waits in the state BOARD. There is no board yet, and the queue says so
    (`queries.Todo.APPEAL_WAITS`); the claimant may withdraw meanwhile.
    """
    claim = claim_to_file(login_id, claim_ref)
    check_possible(claim, Event.APPEAL)
    assert claim.appeal_ends_at is not None
    if now >= claim.appeal_ends_at:
        raise AppealTimeOver(ended_at=claim.appeal_ends_at)
    _refuse_second_claim(claim.membership)
    body = {"received": int(now.timestamp())}
    step(claim, Event.APPEAL, roles=[Role.INTAKE], body=body, now=now, closed_at=None)
    Appeal.objects.create(
        claim=claim,
        decision=_last_decline(claim),
        sealed_text=_sealed_appeal(claim, text),
        received_at=now,
    )


def _membership(login_id: int, ref: str) -> Membership:
    found = Membership.objects.select_related("person", "household").filter(ref=ref).first()
    if found is None or not may_file(login_id, found):
        raise NoSuchClaim()
    return found


def _refuse_second_claim(membership: Membership) -> None:
    closed = [state.name for state in CLOSED]
    if membership.claims.exclude(state__in=closed).exists():
        raise OpenClaimExists()


def _refuse_without_consent(claim: Claim) -> None:
    given = set(
        Consent.objects.filter(
            person_id=claim.membership.person_id, purpose__in=CONSENTS, revoked_at=None
        ).values_list("purpose", flat=True)
    )
    missing = [purpose for purpose in CONSENTS if purpose not in given]
    if missing:
        raise ConsentMissing(purposes=", ".join(missing))


def _refuse_without_evidence(claim: Claim) -> None:
    there = set(claim.evidence.values_list("kind", flat=True))
    missing = [kind for kind in terms_of(claim).claims.evidence_required if kind not in there]
    if missing:
        raise EvidenceMissing(kinds=", ".join(missing))


def _last_decline(claim: Claim) -> Decision:
    declines = claim.decisions.filter(kind="decline", second_at__isnull=False)
    return declines.latest("second_at")


def _sealed_appeal(claim: Claim, text: str) -> bytes:
    words = written(text, field="text", longest=LONG_MAX)
    return seal_text("claim", claim.ref, APPEAL_PLACE, words)
