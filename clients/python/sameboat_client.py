"""A typed client of the Sameboat API, made by `sameboat openapi --python`: do not edit.

    with Client("https://mutual-aid.example", token=token) as client:
        for membership in client.members_memberships():
            print(membership["plan"], membership["cover"]["state"])

Answers are the JSON of the API. What the server refuses raises `Refused` with its stable code.
Every change carries an idempotency key; give the same `key` to send the same request again.
"""

# ruff: noqa

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NotRequired, TypedDict, cast
from urllib.parse import quote

import httpx

TIMEOUT_SECONDS = 30.0


class Refused(Exception):
    """The server's answer to a request that could not be done (RFC 9457)."""

    def __init__(self, status: int, body: Mapping[str, Any], retry_after: int | None) -> None:
        self.status = status
        self.code: str = body.get("code", "")
        self.detail: str = body.get("detail", "")
        self.data: dict[str, Any] = dict(body.get("data", {}))
        self.retry_after = retry_after
        """Seconds after which to try again, where the server said so."""
        super().__init__(f"{status} {self.code}: {self.detail}")


class AccountOut(TypedDict):
    """One ledger account of the trial balance."""

    code: str
    kind: str
    debit_fen: int
    credit_fen: int
    balance_fen: int


class ActingOut(TypedDict):
    """Somebody of the family who acts for whoever is signed in."""

    id: int
    holder: str
    since: str


class AdvancedOut(TypedDict):
    """What was run, in order; empty where nothing was due."""

    settlement: list[str]
    payments: list[str]


class AgreeIn(TypedDict):
    """The code from the message; null where the member is signed in themselves."""

    code: str | None


class AgreedOut(TypedDict):
    """Whether the member has agreed; false after a wrong code."""

    agreed: bool


class AidOut(TypedDict):
    """One payout of the period."""

    claim_ref: str
    aid_fen: int
    arrears_fen: int
    state: str
    paid_at: str | None


class AnswerIn(TypedDict):
    """How an objection is answered."""

    outcome: str
    reason: str


class AppealIn(TypedDict):
    """Why the decline is wrong."""

    text: str


class ArrearsOut(TypedDict):
    """What will be debited with the next run."""

    asked_fen: int


class AskIn(TypedDict):
    """What else is needed, why, and by when."""

    kinds: list[str]
    reason_code: str
    due_on: str


class AskOut(TypedDict):
    """A request for more evidence."""

    kinds: list[str]
    reason: TextOut
    due_on: str
    answered: bool


class AskedRelationOut(TypedDict):
    """Somebody asks to act for a person, as family."""

    id: int
    asker: str
    kind: str
    relative: str
    is_self: bool
    asked_at: str


class AssignIn(TypedDict):
    """The staff login of an investigator."""

    investigator_id: int


class AssistanceIn(TypedDict):
    """The number of the member who wants help."""

    phone: str


class AssistanceOut(TypedDict):
    """Where the help stands."""

    ref: str
    opened_at: str | None
    expires_at: str | None
    is_over: bool
    is_handed_in: bool
    claim_ref: str | None
    kinds_missing: list[str]
    people: list[AssistedMemberOut]


class AssistedIn(TypedDict):
    """What happened, and to whom."""

    illness: str
    severity: Literal["severe", "mild"]
    accident: bool
    diagnosed_on: str
    hospital: str
    statement: str
    payee_name: str
    payee_phone: str
    payee_document_kind: NotRequired[DocumentKind | None]
    payee_document_number: NotRequired[str]
    accident_at: NotRequired[str | None]
    died_at: NotRequired[str | None]
    bills_fen: NotRequired[int]
    acting: NotRequired[Literal["", "unconscious", "dead", "child", "unable"]]
    membership_ref: str


class AssistedMemberOut(TypedDict):
    """Somebody for whom the member may file."""

    membership_ref: str
    plan: str
    name: str


class BandOut(TypedDict):
    """Whole numbers from `first` to `last`, both included; `last` null is without end."""

    first: int
    last: int | None


class BatchOut(TypedDict):
    """Debits that went to the gateway in one message."""

    number: int
    attempt_on: str
    is_retry: bool
    payers: int
    amount_fen: int
    state: str
    collected_fen: int | None


class BenefitOut(TypedDict):
    """One row of the benefit table; ages in completed years at diagnosis, both included."""

    id: str
    age_from_years: int
    age_to_years: int
    severity: str
    tier: str
    amount_fen: int


class BenefitsOut(TypedDict):
    """What an accepted claim pays."""

    rows: list[BenefitOut]
    tiers: list[TierOut]
    lump_sum_rate: str
    ends_membership: bool
    ends_with: str
    bills_deductible_fen: int | None
    instalments_max: int | None
    severe_max: int | None
    mild_max: int | None
    total_max_fen: int | None
    spending_min_fen: int | None
    tenure: list[GradeOut]
    helped: list[GradeOut]


class BoardOut(TypedDict):
    """Who may vote in the review board, and when a vote counts."""

    juror_age_min_years: int
    juror_membership_days: int
    juror_pays: bool
    votes_min: int
    votes_for_min: str
    strict: bool
    voting_hours: int
    objections_min: int | None


class BookingOut(TypedDict):
    """One balanced booking: fen by ledger account, debit positive; they add up to zero."""

    key: str
    kind: str
    subject: str
    booked_at: str
    postings_fen: dict[str, int]


class BusyOut(TypedDict):
    """What the worker still has to do."""

    busy: str | None


class CameBackOut(TypedDict):
    """An old membership that was had back."""

    ref: str
    back_on: str
    covered_from: str
    ticket: str


class CaseOut(TypedDict):
    """A case as members see it during publicity, and no more."""

    ref: str
    name: str
    sex: str
    age: BandOut
    province: str
    illness: TextOut
    severity: str
    aid_fen: int
    joined_months: BandOut
    mark: MarkOut
    ends_at: str
    is_mine: bool
    objected: bool


class CertificateOut(TypedDict):
    """The three files that prove the share to anybody, for `sameboat verify`."""

    share: str
    proof: str
    entry: str


class ChangeOut(TypedDict):
    """One clause that changes, in words."""

    key: str
    what: TextOut
    before: TextOut
    after: TextOut


class CheckOut(TypedDict):
    """The coded result of one automatic check."""

    code: str
    outcome: str
    rule: str
    text: TextOut
    facts: dict[str, str | int]


class ClaimIn(TypedDict):
    """The same, and to whom it happened."""

    illness: str
    severity: Literal["severe", "mild"]
    accident: bool
    diagnosed_on: str
    hospital: str
    statement: str
    payee_name: str
    payee_phone: str
    payee_document_kind: NotRequired[DocumentKind | None]
    payee_document_number: NotRequired[str]
    accident_at: NotRequired[str | None]
    died_at: NotRequired[str | None]
    bills_fen: NotRequired[int]
    acting: NotRequired[Literal["", "unconscious", "dead", "child", "unable"]]
    membership_ref: str
    follows: NotRequired[str]


class ClaimLineOut(TypedDict):
    """A claim of the list."""

    ref: str
    plan: str
    state: str
    member: str
    drafted_at: str
    aid_fen: int | None


class ClaimOut(TypedDict):
    """The whole of a claim."""

    ref: str
    plan: str
    state: str
    member: str
    drafted_at: str
    aid_fen: int | None
    membership_ref: str
    governing_version: str
    stated: StatedOut
    payee: PayeeOut
    evidence: list[EvidenceOut]
    kinds_missing: list[str]
    asks: list[AskOut]
    publicity_ends_at: str | None
    decline: DeclineOut | None
    events: list[str]
    held_at: str | None
    follows: str | None
    waits_for_board: bool
    history: list[EntryOut]
    to_give_back: list[GiveBackOut]


class ClaimTermsOut(TypedDict):
    """How a claim is made and judged."""

    report_deadline_days: int
    governed_by: str
    evidence_required: list[str]
    investigation_required: bool
    appeal_days: int
    accident_death_excluded_hours: int | None
    exclusions: list[ExclusionOut]
    refunded_clauses: list[str]


class ClauseOut(TypedDict):
    """A clause under which a claim may be declined, as it is quoted."""

    clause: str
    quoted: TextOut


class ClockIn(TypedDict):
    """Where to move the clock; it runs forward only."""

    to: str


class ClockOut(TypedDict):
    """The clock of all processes of the installation."""

    now: str
    plans: list[PlanClock]


class CodeAsk(TypedDict):
    """Whom to send a code."""

    phone: str


class CodeIn(TypedDict):
    """A code that a phone received."""

    code: str


class CodeSent(TypedDict):
    """A code is on its way, whether or not the number is known here."""

    sign_in: str


class ComingOut(TypedDict):
    """An announced version that is not in force yet."""

    version: str
    effective_on: str
    for_the_member: list[ChangeOut]
    for_who_joins_later: list[ChangeOut]


class ConsentIn(TypedDict):
    """A purpose, such as `health_data` or `publication`, and the version that was read."""

    purpose: str
    version: str


class ConsentOut(TypedDict):
    """One purpose, and what the person said to it."""

    purpose: str
    name: TextOut
    what: TextOut
    when_revoked: TextOut
    versions: list[str]
    given_at: str | None
    revoked_at: str | None


class CorrectionIn(TypedDict):
    """What is wrong (`name`, `sex`, `born_on`, `province`, `occupation`, `other`) and right."""

    subject: str
    wanted: str
    words: str


class CoverOut(TypedDict):
    """Whether illness that begins today is covered."""

    state: str
    covered_from: str
    days_left: int
    ends_on: str


class DataAgreeIn(TypedDict):
    """Whether the second person agrees."""

    agree: bool


class DataAnswerIn(TypedDict):
    """Yes or no, and what the member reads."""

    accept: bool
    answer: str


class DataRequestOut(TypedDict):
    """Something that was asked about somebody's data."""

    ref: str
    kind: str
    name: str
    state: str
    subject: str
    asked_at: str
    due_on: str
    words: str
    answer: str
    waits: list[WaitOut]
    expires_at: str | None


class DataWaitingOut(TypedDict):
    """A request that waits; `wanted` is what it should be, `present` what it is."""

    ref: str
    kind: str
    person_ref: str
    name: str
    present: str
    wanted: str
    words: str
    asked_at: str
    due_on: str
    accepts: bool | None
    answer: str
    for_me: bool


class DeathIn(TypedDict):
    """The day of a death, as a document showed it."""

    died_on: str


class DeathOut(TypedDict):
    """What became of the entry: `waits` for a second person, `differs` from the first one's and
    waits in its place, or is `recorded`.
    """

    entered: Literal["waits", "differs", "recorded"]


class DebitOut(TypedDict):
    """One debit of the signed-in payer, for the household."""

    plan: str
    publicity_on: str
    amount_fen: int
    state: str
    debit_on: str
    reason: str


class DecideDocumentIn(TypedDict):
    """Whether both documents are the same person's."""

    accept: bool


class DecidedOut(TypedDict):
    """A decision that now waits for a second person."""

    id: int


class DecisionOut(TypedDict):
    """A decision that waits for its second person."""

    id: int
    claim_ref: str
    kind: str
    benefit_row: str
    aid_fen: int | None
    clause: str
    reason_code: str
    words: str
    first_login: str
    first_at: str
    objection_ref: str
    is_mine: bool


class DeclineIn(TypedDict):
    """The clause, a coded reason, and words that the claimant will read."""

    clause: str
    reason_code: str
    reason: str


class DeclineOut(TypedDict):
    """Why the claim was declined, with the clause quoted, and until when one may appeal."""

    clause: str
    quoted: TextOut
    reason: TextOut
    words: str
    appeal_ends_at: str
    appealed: bool


class DefaultingOut(TypedDict):
    """What happens to members whose debits fail."""

    failed_cycles_max: int
    payer_grace_days: int
    arrears_off_aid: bool
    reinstatement_days: int
    reinstatements_max: int | None


class DeliveryOut(TypedDict):
    """One message, and what came of sending it."""

    id: int
    event: str
    type: str
    at: str
    state: str
    attempts: int
    status: int | None
    error: str
    tried_at: str | None


class DifferenceOut(TypedDict):
    """Where the gateway and the books do not agree, and what was proposed about it."""

    id: int
    statement_on: str
    key: str
    kind: str
    ours_fen: int
    theirs_fen: int
    possible: list[str]
    resolution: str
    note: str


class DisclosureOut(TypedDict):
    """What a person must have accepted before joining."""

    version: str
    text: TextOut


class DocumentIn(TypedDict):
    """A document's kind and its whole number."""

    document_kind: DocumentKind
    document_number: str


DocumentKind = Literal[
    "resident_id",
    "birth_certificate",
    "household_register",
    "hk_macao_permit",
    "taiwan_permit",
    "foreign_permit",
    "passport",
]


class Done(TypedDict):
    """It is done; there is nothing more to tell."""

    done: bool


class EndIn(TypedDict):
    """The two days of a plan's end."""

    sharing_ends_on: str
    ends_on: str


class EndOut(TypedDict):
    """The announced end of a plan."""

    state: str
    announced_on: str
    sharing_ends_on: str
    ends_on: str
    run_off_days: int
    closing_refund: str
    run_off_aid: str
    claims_until: str


class EndpointIn(TypedDict):
    """Where to be told, and of what."""

    url: str
    types: list[Type]
    plans: NotRequired[list[str]]


class EndpointOut(TypedDict):
    """An endpoint, without its secret."""

    ref: str
    url: str
    owner: str
    types: list[str]
    plans: list[str]
    created_at: str
    waiting: int
    rests_until: str | None
    stopped_because: str


class EntryOut(TypedDict):
    """One entry of the claim's chain on the record."""

    type: str
    at: str
    seq: int
    index: int | None
    state: str
    hash: str


class EvidenceOut(TypedDict):
    """One document; `commitment` is what the record holds of it."""

    ref: str
    kind: str
    media_type: str
    length: int
    hashed_by: str
    commitment: str
    added_at: str


class ExclusionOut(TypedDict):
    """Something that the plan does not cover, in the words that a decline quotes."""

    id: str
    text: TextOut


class FoundMembershipOut(TypedDict):
    """A membership of whoever was found."""

    ref: str
    plan: str
    joined_on: str
    ends_on: str | None
    cover: str


class FoundOut(TypedDict):
    """Who has this phone or document."""

    person_ref: str
    name: str
    memberships: list[FoundMembershipOut]
    claims: list[ClaimLineOut]


class GiveBackOut(TypedDict):
    """Aid that was paid and has to be given back, because the claim came out lower later."""

    decided_at: str
    owed_fen: int
    received_fen: int
    written_off_fen: int


class GradeOut(TypedDict):
    """From `at_least` on (years of cover, or claims helped), the aid is `rate` of the row."""

    at_least: int
    rate: str


class GrantIn(TypedDict):
    """What a program is called, what it may do, and for how long."""

    name: str
    scopes: list[
        Literal[
            "people:read",
            "people:write",
            "memberships:read",
            "memberships:write",
            "shares:read",
            "shares:write",
            "claims:read",
            "claims:write",
            "cases:read",
            "cases:write",
            "staff:read",
            "staff:write",
            "finance:read",
            "finance:write",
            "webhooks:read",
            "webhooks:write",
        ]
    ]
    days: int


class GrantedOut(TypedDict):
    """A program's token. It is told once."""

    ref: str
    token: str
    expires_at: str


class HeadOut(TypedDict):
    """The newest signed tree head."""

    size: int
    root: str
    note: str
    signed_at: str
    pending: int


class HelpedOut(TypedDict):
    """Somebody who was helped, without anything that tells who; of who wishes not to be shown any
    more, the aid alone.
    """

    sex: str | None
    age_from: int | None
    illness: TextOut
    severity: str | None
    aid_fen: int


class HoldIn(TypedDict):
    """`audit`, `fraud` or `legal`, and the first day on which it does not hold any more."""

    reason: str
    until_on: str


class HoldOut(TypedDict):
    """An entry that the record refused: type, broken rule, and whether the claim was put back."""

    entry: str
    code: str
    began_at: str
    released_at: str | None


class IllnessOut(TypedDict):
    """One covered illness."""

    number: str
    name: TextOut
    aliases: list[str]
    icd10: str
    category: str
    severity: str
    children_only: bool
    confirmed: bool
    source: str


class InvestigationOut(TypedDict):
    """An assignment and what came of it."""

    investigator: str
    assigned_at: str
    finding: TextOut | None
    report: str
    reported_at: str | None


class InvestigatorOut(TypedDict):
    """Whom the insurer may assign."""

    id: int
    name: str


class JoinIn(TypedDict):
    """A verified person, a plan, and what was answered and accepted."""

    person_ref: str
    plan: str
    answers: dict[str, bool]
    questions_version: str
    disclosure_version: str
    occupation_class: NotRequired[str]
    region: NotRequired[str]
    tier: NotRequired[str]


class JoinedOut(TypedDict):
    """A new membership. There is nothing to pay."""

    ref: str
    joined_on: str
    covered_from: str
    ticket: str


class JoiningOut(TypedDict):
    """Who may join. An empty list of classes or regions means all."""

    age_min_days: int
    age_min_years: int
    age_max_years: int
    age_out_years: int
    payer_age_min_years: int
    occupation_classes: list[str]
    score_min: int | None
    regions: list[str]
    relations: list[str]
    questions_version: str
    questions: list[QuestionOut]
    grace_rejoin_days: int
    grace_rejoins_max: int | None
    transfer_to: str | None


class KeptOut(TypedDict):
    """What outlasts an erasure, and the first day on which it is deleted."""

    reason: str
    told: TextOut
    until: str


class LanguageIn(TypedDict):
    """The language of the messages to one's phone."""

    language: Literal["zh", "en"]


class LeftOut(TypedDict):
    """A membership that was ended at the member's wish."""

    ends_on: str
    ticket: str


class LiftIn(TypedDict):
    """Which hold is lifted."""

    reason: str


class LookOut(TypedDict):
    """One time that somebody of the staff looked at something."""

    at: str
    roles: list[TextOut]
    told: TextOut
    subject: str
    of_health: bool


class Made(TypedDict):
    """What was made."""

    ref: str


Mandate = Literal["attorney", "court", "register"]


class MandateIn(TypedDict):
    """The paper, whose document it names, and its last day."""

    kind: Mandate
    document_kind: DocumentKind
    document_number: str
    until: str


class MandateOut(TypedDict):
    """That somebody outside the family acts for a person."""

    id: int
    kind: str
    holder: str
    person: str
    until: str


class MarkOut(TypedDict):
    """Where the case stands on the record."""

    hash: str
    index: int | None
    state: str


class MarkedOut(TypedDict):
    """A membership at which a human should look, and why."""

    membership_ref: str
    plan: str
    reasons: list[TextOut]


class MembershipOut(TypedDict):
    """A membership of oneself or a relative."""

    ref: str
    plan: str
    version: str
    person_ref: str
    name: str
    joined_on: str
    ends_on: str | None
    end_reason: str
    wants_consent: bool
    payer_died: bool
    way_back: WayBackOut | None
    transfer: TransferOut | None
    cover: CoverOut


class MessageOut(TypedDict):
    """One message, newest first; `code` is the sign-in code where it holds one."""

    template: str
    text: str
    code: str | None
    sent_at: str


class NewDocumentIn(TypedDict):
    """Another document of somebody known; birth and sex must be the same."""

    document_kind: DocumentKind
    document_number: str
    name: str


class NewDocumentOut(TypedDict):
    """Two documents of one person with different names."""

    ref: str
    requested_at: str
    old_kind: TextOut
    old_name: str
    new_kind: TextOut
    new_name: str


class NewVersionOut(TypedDict):
    """A version that is not adopted yet, and what it changes, in words."""

    version: str
    effective_on: str
    notice_days: int
    changes: list[ChangeOut]


class ObjectionIn(TypedDict):
    """A member's reasoned doubt."""

    reason_code: str
    text: str


class ObjectionOut(TypedDict):
    """An objection, without who made it."""

    ref: str
    claim_ref: str
    reason: TextOut
    words: str
    received_at: str
    outcome: str
    answering: bool


class OutlookOut(TypedDict):
    """What the erasure of a person would wait for and leave."""

    waits: list[WaitOut]
    mark: KeptOut | None


class PayeeChangeIn(TypedDict):
    """Whether another payee takes effect."""

    approve: bool


class PayeeChangeOut(TypedDict):
    """Another payee who was asked for after the decision."""

    name: str
    phone: str
    outcome: str | None
    asked_at: str
    waits_until: str | None


class PayeeIn(TypedDict):
    """Another payee; the document only for one who is not of the verified family."""

    payee_name: str
    payee_phone: str
    payee_document_kind: NotRequired[DocumentKind | None]
    payee_document_number: NotRequired[str]


class PayeeOut(TypedDict):
    """Who is to receive the aid, and what the identity gateway says of them."""

    name: str
    phone: str
    outcome: str | None
    told: TextOut | None
    change: PayeeChangeOut | None


class PayoutOut(TypedDict):
    """A payout that failed."""

    claim_ref: str
    plan: str
    aid_fen: int
    arrears_fen: int
    reason: str


class PeriodFullOut(TypedDict):
    """One period with the working of its division, in the reader's language."""

    plan: str
    publicity_on: str
    version: str
    state: str
    publicity_ends_on: str
    debit_on: str
    payout_from: str
    sharing: int | None
    provisional_share_fen: int | None
    aid_fen: int | None
    fee_fen: int | None
    extra_fen: int | None
    cost_fen: int | None
    shareable_fen: int | None
    carried_in_fen: int | None
    recovered_fen: int | None
    due_fen: int | None
    each_fen: int | None
    charged_fen: int | None
    sponsored_fen: int | None
    carried_out_fen: int | None
    settle_hash: str | None
    working: list[str]


class PeriodOut(TypedDict):
    """One round of sharing. Amounts are null until they are fixed."""

    plan: str
    publicity_on: str
    version: str
    state: str
    publicity_ends_on: str
    debit_on: str
    payout_from: str
    sharing: int | None
    provisional_share_fen: int | None
    aid_fen: int | None
    fee_fen: int | None
    extra_fen: int | None
    cost_fen: int | None
    shareable_fen: int | None
    carried_in_fen: int | None
    recovered_fen: int | None
    due_fen: int | None
    each_fen: int | None
    charged_fen: int | None
    sponsored_fen: int | None
    carried_out_fen: int | None
    settle_hash: str | None


class PhoneIn(TypedDict):
    """A whole phone number."""

    phone: str


class PlanClock(TypedDict):
    """One plan by the clock of the installation."""

    plan: str
    next_event_at: str


class PlanLine(TypedDict):
    """A plan of the list."""

    id: str
    name: TextOut
    operator: TextOut
    currency: str
    timezone: str
    demonstration: bool


class PlanOut(TypedDict):
    """A plan with its versions, oldest first."""

    id: str
    name: TextOut
    operator: TextOut
    currency: str
    timezone: str
    demonstration: bool
    content_hash: str
    disclosure_version: str
    versions: list[VersionLine]
    end: EndOut | None


class PolicyOut(TypedDict):
    """Who signs what, to be pinned: the file and its fingerprint (SHA-256)."""

    text: str
    fingerprint: str


class PoolOut(TypedDict):
    """Whether the plan may go on, and what happens at its end."""

    members_min: int | None
    members_min_after_days: int
    run_off_days: int
    run_off_aid: str
    closing_refund: str


class ProgramIn(TypedDict):
    """What is signed in where a program acts for the member: its name, and what it may do."""

    name: str
    scopes: list[
        Literal[
            "people:read",
            "people:write",
            "memberships:read",
            "memberships:write",
            "shares:read",
            "shares:write",
            "claims:read",
            "claims:write",
            "cases:read",
            "cases:write",
            "staff:read",
            "staff:write",
            "finance:read",
            "finance:write",
            "webhooks:read",
            "webhooks:write",
        ]
    ]


class ProgressOut(TypedDict):
    """How far a period is, and where its money is; null before it is settled."""

    publicity_on: str
    state: str
    stages: list[StageOut]
    charged_fen: int | None
    collected_fen: int | None
    unpaid_fen: int | None
    debits_open: int
    batches: list[BatchOut]
    payouts: list[AidOut]


class ProofOut(TypedDict):
    """What proves the join: the ticket at first; the three files once the day is recorded."""

    recorded: bool
    ticket: str | None
    join: str | None
    proof: str | None
    entry: str | None


class ProposeIn(TypedDict):
    """A row of the benefit table of the governing version."""

    benefit_row: str
    reason: str


class ProposedOut(TypedDict):
    """The difference that waits for a second person."""

    difference: int


class ProvedOut(TypedDict):
    """Whether the code was right; then the phone counts as held for ten minutes."""

    proved: bool


class QuestionOut(TypedDict):
    """One question of the health declaration."""

    id: str
    text: TextOut
    bars_on: bool


class QuestionsOut(TypedDict):
    """The health declaration in force today."""

    version: str
    questions: list[QuestionOut]


class ReasonsIn(TypedDict):
    """What whoever looks should know."""

    words: str


class RecallIn(TypedDict):
    """Why a proposal is taken back."""

    reason_code: str


class ReceiptOut(TypedDict):
    """Where an entry stands, and once it is recorded the two files that prove it."""

    state: str
    proof: str | None
    entry: str | None


class RecoveryOut(TypedDict):
    """Aid that a payee has to give back."""

    id: int
    claim_ref: str
    owed_fen: int
    received_fen: int
    written_off_fen: int


class RefundOut(TypedDict):
    """A refund that failed."""

    id: int
    plan: str
    kind: str
    amount_fen: int
    reason: str


class RelationsOut(TypedDict):
    """What waits for an answer, and who acts for one already."""

    asked: list[AskedRelationOut]
    acting: list[ActingOut]


class RelativeOut(TypedDict):
    """Somebody for whom one may act: oneself first."""

    person_ref: str
    relation: str
    name: str


class ReleaseIn(TypedDict):
    """Why a claim on hold is put back."""

    reason: str


class ReopenIn(TypedDict):
    """Why a decided claim is looked at again."""

    reason_code: str
    reason: str


class RepaymentIn(TypedDict):
    """What a payee gave back, and by which transfer."""

    amount_fen: int
    note: str


class ReportIn(TypedDict):
    """What the investigator found."""

    finding: str
    report: str


class ResolutionIn(TypedDict):
    """What is to be done about a difference, and why."""

    resolution: str
    note: str


class RevokeIn(TypedDict):
    """The purpose of the consent to take back."""

    purpose: str


class RhythmOut(TypedDict):
    """The calendar: the n-th publicity day of a month has the n-th debit day."""

    publicity_days: list[int]
    debit_days: list[int]
    publicity_length_days: int
    debit_notice_days: int


class RowOut(TypedDict):
    """A row of the benefit table that may be proposed, and what it pays now."""

    id: str
    severity: str
    amount_fen: int
    due_fen: int
    working: list[TextOut]


class RulebookIn(TypedDict):
    """A rulebook file with every version that was adopted before, and new ones."""

    toml: str


class RulebookOut(TypedDict):
    """A rulebook that waits for a second person."""

    plan: str
    is_new: bool
    content_hash: str
    proposed_by: str
    proposed_at: str
    versions: list[NewVersionOut]


class SaidIn(TypedDict):
    """What happened, and who is to receive the aid."""

    illness: str
    severity: Literal["severe", "mild"]
    accident: bool
    diagnosed_on: str
    hospital: str
    statement: str
    payee_name: str
    payee_phone: str
    payee_document_kind: NotRequired[DocumentKind | None]
    payee_document_number: NotRequired[str]
    accident_at: NotRequired[str | None]
    died_at: NotRequired[str | None]
    bills_fen: NotRequired[int]
    acting: NotRequired[Literal["", "unconscious", "dead", "child", "unable"]]


class ScopeOut(TypedDict):
    """A scope that this login can give, in words."""

    scope: Literal[
        "people:read",
        "people:write",
        "memberships:read",
        "memberships:write",
        "shares:read",
        "shares:write",
        "claims:read",
        "claims:write",
        "cases:read",
        "cases:write",
        "staff:read",
        "staff:write",
        "finance:read",
        "finance:write",
        "webhooks:read",
        "webhooks:write",
    ]
    text: TextOut


class SecretOut(TypedDict):
    """The secret that signs what is sent. It is told once: keep it as you keep a password."""

    ref: str
    secret: str


class SelfOut(TypedDict):
    """Who is signed in."""

    is_staff: bool
    roles: list[str]
    person_ref: str | None


class ShareClassOut(TypedDict):
    """Members of one weight; 1000 is one share."""

    name: str
    weight: int
    age_from_years: int
    age_to_years: int
    tier: str | None


class ShareOut(TypedDict):
    """What a membership was charged in a period, and how that came about."""

    publicity_on: str
    status: str
    weight: int
    amount_fen: int
    period: PeriodOut
    helped: list[HelpedOut]
    working: list[str]


class SharingOut(TypedDict):
    """How the cost of a period is divided."""

    fee_rate: str
    cap_per_claim_fen: int | None
    cap_per_period_fen: int | None
    cap_per_year_fen: int | None
    excess: str
    head_count: str
    aided_members_share: bool
    classes: list[ShareClassOut]
    waivers: list[WaiverOut]
    defaults_borne_by: str


Shown = Literal["in_person", "register", "court"]


class SignInIn(TypedDict):
    """The code as it was received."""

    sign_in: str
    code: str
    program: NotRequired[ProgramIn | None]


class StaffClaimOut(TypedDict):
    """A claim with all that is needed to judge it."""

    ref: str
    plan: str
    state: str
    member: str
    drafted_at: str
    aid_fen: int | None
    born_on: str
    joined_on: str
    governing_version: str
    stated: StatedOut
    illness_name: TextOut | None
    payee: PayeeOut
    evidence: list[EvidenceOut]
    checks: list[CheckOut]
    asks: list[AskOut]
    investigations: list[InvestigationOut]
    decisions: list[DecisionOut]
    objections: list[ObjectionOut]
    rows: list[RowOut]
    clauses: list[ClauseOut]
    decline: DeclineOut | None
    appeals: list[str]
    publicity_ends_at: str | None
    events: list[str]
    holds: list[HoldOut]
    history: list[EntryOut]


class StaffIn(TypedDict):
    """What staff sign in with; the second factor is never optional."""

    name: str
    password: str
    totp: str


class StageOut(TypedDict):
    """One stage of a period; `waits_for` is null where it is done or can run now."""

    stage: str
    done_at: str | None
    waits_for: str | None


class StatedOut(TypedDict):
    """The illness as it was stated."""

    illness: str
    severity: str
    accident: bool
    diagnosed_on: str
    hospital: str
    statement: str
    accident_at: str | None
    died_at: str | None
    acting: str
    bills_fen: int


class TermsOut(TypedDict):
    """One version of the terms, whole."""

    version: str
    effective_on: str
    announced_on: str
    notice_days: int
    joining: JoiningOut
    waiting: WaitingOut
    benefits: BenefitsOut
    sharing: SharingOut
    rhythm: RhythmOut
    claims: ClaimTermsOut
    defaulting: DefaultingOut
    pool: PoolOut
    board: BoardOut
    illnesses: list[IllnessOut]
    sources: dict[str, str]


class TextOut(TypedDict):
    """A text in both languages."""

    zh: str
    en: str


class TierOut(TypedDict):
    """A benefit that one chooses at joining; an empty id is the ordinary one."""

    id: str
    text: TextOut


class TokenLineOut(TypedDict):
    """A token in force, without the token. An empty name and no scopes: the login's own."""

    ref: str
    name: str
    scopes: list[str]
    created_at: str
    expires_at: str
    used_on: str | None


class TokenOut(TypedDict):
    """An access token. It is told once: keep it as you keep a password."""

    token: str
    expires_at: str


class TrailOut(TypedDict):
    """One thing that somebody of the staff did or looked at."""

    id: int
    at: str
    login: str
    verb: str
    subject: str


class TransferIn(TypedDict):
    """Agreement to go on in the other plan."""

    disclosure_version: str


class TransferOut(TypedDict):
    """The plan in which the member can go on, or will, on becoming too old for this one."""

    plan: str
    disclosure_version: str
    on: str
    covered_from: str
    asked: bool


Type = Literal[
    "memberships.joined",
    "memberships.ended",
    "claim.moved",
    "period.settled",
    "debits.answered",
    "plan.version",
    "plan.end",
    "webhook.test",
]


class UndoDeathIn(TypedDict):
    """What showed that the person lives."""

    shown_by: Shown


class UploadIn(TypedDict):
    """A document: what it shows, its bytes, and the SHA-256 in hex that the device made of it."""

    kind: str
    length: int
    device_hash: str


class UploadOut(TypedDict):
    """How far an upload is; `evidence_ref` is null while bytes are missing."""

    ref: str
    received: int
    length: int
    piece_bytes: int
    evidence_ref: str | None


class VerificationIn(TypedDict):
    """A document and a name; `born_on` and `sex` where the number does not tell them."""

    relation: Literal["self", "child", "spouse", "parent"]
    document_kind: DocumentKind
    document_number: str
    name: str
    born_on: NotRequired[str | None]
    sex: NotRequired[Literal["f", "m"] | None]
    occupation_class: NotRequired[str]


class VerificationOut(TypedDict):
    """A request to the identity gateway; `outcome` is null while it has not answered."""

    ref: str
    relation: str
    outcome: str | None
    told: TextOut | None
    person_ref: str | None


class VersionLine(TypedDict):
    """One version of a plan's terms."""

    version: str
    effective_on: str
    announced_on: str


class WaitOut(TypedDict):
    """Something that is finished before an erasure."""

    code: str
    told: TextOut


class WaitingOut(TypedDict):
    """The days from joining before illness is covered."""

    days: int
    days_by_age: list[WaitingStepOut]
    accident_covered: bool
    members_share: bool
    refund_from: str


class WaitingStepOut(TypedDict):
    """Who joins at `from_years` or older waits `days`."""

    from_years: int
    days: int


class WaiverOut(TypedDict):
    """Members joined by `joined_by` are let off the period of `publicity_on`."""

    publicity_on: str
    joined_by: str


class WalletIn(TypedDict):
    """How the payer's wallet of the sandbox behaves from now on."""

    rule: WalletRule
    balance_fen: int


WalletRule = Literal[
    "pays",
    "empty",
    "revoked",
    "closed",
    "returned",
    "slow",
    "late",
    "twice",
    "lost",
    "denies",
    "miscounts",
    "bounces",
]


class WayBackOut(TypedDict):
    """How an ended membership can be had back, with the days since the old joining counted."""

    until: str
    after_arrears: bool


class WorkOut(TypedDict):
    """One line of the work queue."""

    ref: str
    plan: str
    state: str
    todo: str
    sealed_at: str | None
    is_childs: bool
    may_open: bool


class WriteOffIn(TypedDict):
    """Why what is left will not come back."""

    note: str


def _part(value: object) -> str:
    return quote(str(value), safe="")


class Client:
    """Speaks to one server, with an access token or without. Safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        *,
        token: str = "",
        language: Literal["zh", "en"] = "zh",
        http: httpx.Client | None = None,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._token = token
        self._language = language
        self._http = http or httpx.Client(timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.close()

    def with_token(self, token: str) -> Client:
        """The same server and connections, with another access token."""
        return Client(self._base, token=token, language=self._language, http=self._http)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        key: str | None = None,
        **content: Any,
    ) -> httpx.Response:
        headers: dict[str, str] = {"Accept-Language": self._language}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if key is not None:
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        url = f"{self._base}{path}"
        answer = self._http.request(method, url, params=asked or None, headers=headers, **content)
        if answer.is_success:
            return answer
        try:
            body = answer.json()
        except ValueError:
            body = {"detail": answer.text[:200]}
        wait = answer.headers.get("Retry-After", "")
        raise Refused(answer.status_code, body, int(wait) if wait.isdigit() else None)

    def _pages(self, path: str, query: Mapping[str, Any]) -> Iterator[Any]:
        answer = self._ask("GET", path, query=query)
        yield from answer.json()
        while "next" in answer.links:
            answer = self._ask("GET", answer.links["next"]["url"])
            yield from answer.json()

    def sign_in_ask_code(self, body: CodeAsk) -> CodeSent:
        """Send a sign-in code to a phone. A number that is new here gets a login with its first
        right code.
        """
        path = "/api/v1/sign-in"
        answer = self._ask("POST", path, json=body)
        return cast("CodeSent", answer.json())

    def sign_in_confirm_code(self, body: SignInIn) -> TokenOut:
        """Show the code and get an access token. A wrong code counts; the third ends the attempt."""
        path = "/api/v1/sign-in/confirm"
        answer = self._ask("POST", path, json=body)
        return cast("TokenOut", answer.json())

    def sign_in_staff(self, body: StaffIn) -> TokenOut:
        """Sign in a member of the staff; the token lasts 12 hours."""
        path = "/api/v1/sign-in/staff"
        answer = self._ask("POST", path, json=body)
        return cast("TokenOut", answer.json())

    def sign_in_sign_out(self) -> Done:
        """End the token that this request shows."""
        path = "/api/v1/sign-out"
        answer = self._ask("POST", path)
        return cast("Done", answer.json())

    def sign_in_sign_out_everywhere(self) -> Done:
        """End every session and every token of this login, this one and those of programs too."""
        path = "/api/v1/sign-out/everywhere"
        answer = self._ask("POST", path)
        return cast("Done", answer.json())

    def sign_in_who(self) -> SelfOut:
        """Who is signed in, with the roles of staff."""
        path = "/api/v1/self"
        answer = self._ask("GET", path)
        return cast("SelfOut", answer.json())

    def sign_in_language(self, body: LanguageIn, *, key: str = "") -> Done:
        """Say in which language messages go to one's phone."""
        path = "/api/v1/self/language"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def tokens_tokens(self) -> list[TokenLineOut]:
        """One's tokens that are in force, the newest first."""
        path = "/api/v1/tokens"
        answer = self._ask("GET", path)
        return cast("list[TokenLineOut]", answer.json())

    def tokens_grant(self, body: GrantIn) -> GrantedOut:
        """Give a program a token. It takes no key, since the answer must not be kept."""
        path = "/api/v1/tokens"
        answer = self._ask("POST", path, json=body)
        return cast("GrantedOut", answer.json())

    def tokens_possible(self) -> list[ScopeOut]:
        """The scopes that one can give a program."""
        path = "/api/v1/tokens/scopes"
        answer = self._ask("GET", path)
        return cast("list[ScopeOut]", answer.json())

    def tokens_end(self, ref: str, *, key: str = "") -> Done:
        """End one of one's tokens; the program is out at once."""
        path = f"/api/v1/tokens/{_part(ref)}/end"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def plans_plans(self) -> list[PlanLine]:
        """The plans that run here."""
        path = "/api/v1/plans"
        answer = self._ask("GET", path)
        return cast("list[PlanLine]", answer.json())

    def plans_plan(self, plan: str) -> PlanOut:
        """One plan with its versions."""
        path = f"/api/v1/plans/{_part(plan)}"
        answer = self._ask("GET", path)
        return cast("PlanOut", answer.json())

    def plans_disclosure(self, plan: str) -> DisclosureOut:
        """What to read and accept before joining."""
        path = f"/api/v1/plans/{_part(plan)}/disclosure"
        answer = self._ask("GET", path)
        return cast("DisclosureOut", answer.json())

    def plans_questions(self, plan: str) -> QuestionsOut:
        """The health declaration to answer when joining today."""
        path = f"/api/v1/plans/{_part(plan)}/questions"
        answer = self._ask("GET", path)
        return cast("QuestionsOut", answer.json())

    def plans_terms(self, plan: str, *, on: str | None = None) -> TermsOut:
        """The version in force on a day; today's where none is named."""
        path = f"/api/v1/plans/{_part(plan)}/terms"
        answer = self._ask("GET", path, query={"on": on})
        return cast("TermsOut", answer.json())

    def people_verify(self, body: VerificationIn, *, key: str = "") -> Made:
        """Ask that a person be verified: oneself, a child, a spouse or a parent. Answered later.

        Scope of a program: `people:write`.
        """
        path = "/api/v1/verifications"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Made", answer.json())

    def people_new_document(self, ref: str, body: NewDocumentIn, *, key: str = "") -> Made:
        """Be known by another document, as a child who has an ID now. Answered under
        /verifications.

        Memberships go on. Another name is compared by a member of staff (`second_look`) first.

        Scope of a program: `people:write`.
        """
        path = f"/api/v1/persons/{_part(ref)}/document"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Made", answer.json())

    def people_verification(self, ref: str) -> VerificationOut:
        """Whether the gateway has answered, and what.

        Scope of a program: `people:read`.
        """
        path = f"/api/v1/verifications/{_part(ref)}"
        answer = self._ask("GET", path)
        return cast("VerificationOut", answer.json())

    def people_persons(self) -> list[RelativeOut]:
        """Oneself and the relatives whom one has verified.

        Scope of a program: `people:read`.
        """
        path = "/api/v1/persons"
        answer = self._ask("GET", path)
        return cast("list[RelativeOut]", answer.json())

    def people_relations(self) -> RelationsOut:
        """Who asks to act for one, or for somebody whom one acts for; and who of the family does.

        Scope of a program: `people:read`.
        """
        path = "/api/v1/relations"
        answer = self._ask("GET", path)
        return cast("RelationsOut", answer.json())

    def people_agree_to_relation(self, asked: int, *, key: str = "") -> Done:
        """Let whoever asked act as family.

        Scope of a program: `people:write`.
        """
        path = f"/api/v1/relations/asked/{_part(asked)}/agree"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def people_refuse_relation(self, asked: int, *, key: str = "") -> Done:
        """Do not let them; for a month they cannot ask again.

        Scope of a program: `people:write`.
        """
        path = f"/api/v1/relations/asked/{_part(asked)}/refuse"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def people_end_relation(self, relation: int, *, key: str = "") -> Done:
        """End that somebody of the family acts for one, unless they pay for one's membership.

        Scope of a program: `people:write`.
        """
        path = f"/api/v1/relations/{_part(relation)}/end"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def people_mandates(self) -> list[MandateOut]:
        """Who acts for one by a paper that staff saw, and for whom one acts.

        Scope of a program: `people:read`.
        """
        path = "/api/v1/mandates"
        answer = self._ask("GET", path)
        return cast("list[MandateOut]", answer.json())

    def people_revoke_mandate(self, mandate: int, *, key: str = "") -> Done:
        """Take a mandate back, as whoever gave it, holds it, or saw the paper.

        Scope of a program: `people:write`.
        """
        path = f"/api/v1/mandates/{_part(mandate)}/revoke"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def people_consents(self, ref: str) -> list[ConsentOut]:
        """Every purpose with what the person said to it, and what taking it back would do.

        Scope of a program: `people:read`.
        """
        path = f"/api/v1/persons/{_part(ref)}/consents"
        answer = self._ask("GET", path)
        return cast("list[ConsentOut]", answer.json())

    def people_consent(self, ref: str, body: ConsentIn, *, key: str = "") -> Done:
        """Agree to a purpose, for oneself or a relative.

        Scope of a program: `people:write`.
        """
        path = f"/api/v1/persons/{_part(ref)}/consents"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def people_revoke(self, ref: str, body: RevokeIn, *, key: str = "") -> Done:
        """Take back every consent for a purpose; what that does is done at once.

        `GET /persons/{ref}/consents` says it beforehand.

        Scope of a program: `people:write`.
        """
        path = f"/api/v1/persons/{_part(ref)}/consents/revoke"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def rights_send_code(self, *, key: str = "") -> Done:
        """Send a fresh code to the login's own phone."""
        path = "/api/v1/proof/send"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def rights_prove(self, body: CodeIn, *, key: str = "") -> ProvedOut:
        """Show by the code that the phone is held just now."""
        path = "/api/v1/proof"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("ProvedOut", answer.json())

    def rights_requests(self) -> list[DataRequestOut]:
        """What was asked about one's own data and one's children's, the newest first."""
        path = "/api/v1/data-requests"
        answer = self._ask("GET", path)
        return cast("list[DataRequestOut]", answer.json())

    def rights_copy(self, ref: str, *, key: str = "") -> Made:
        """Ask for a copy of everything; it is made by a job and can be fetched for a week."""
        path = f"/api/v1/persons/{_part(ref)}/data/copy"
        answer = self._ask("POST", path, key=key)
        return cast("Made", answer.json())

    def rights_fetch(self, ref: str) -> bytes:
        """The copy: `data.html`, `data.json` and the documents. Needs a proof (`POST /proof`)."""
        path = f"/api/v1/data-requests/{_part(ref)}/copy"
        answer = self._ask("GET", path)
        return answer.content

    def rights_outlook(self, ref: str) -> OutlookOut:
        """What an erasure would wait for, and what would stay until when."""
        path = f"/api/v1/persons/{_part(ref)}/data/erasure"
        answer = self._ask("GET", path)
        return cast("OutlookOut", answer.json())

    def rights_erase(self, ref: str, *, key: str = "") -> Made:
        """Ask that a person be erased, for good. Needs a proof (`POST /proof`)."""
        path = f"/api/v1/persons/{_part(ref)}/data/erasure"
        answer = self._ask("POST", path, key=key)
        return cast("Made", answer.json())

    def rights_correct(self, ref: str, body: CorrectionIn, *, key: str = "") -> Made:
        """Say what is wrong about a person and what is right; staff answer within 15 days."""
        path = f"/api/v1/persons/{_part(ref)}/data/correction"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Made", answer.json())

    def rights_marks(self, ref: str) -> list[MarkedOut]:
        """Memberships that a score has marked, and why."""
        path = f"/api/v1/persons/{_part(ref)}/data/marks"
        answer = self._ask("GET", path)
        return cast("list[MarkedOut]", answer.json())

    def rights_reasons(self, ref: str, body: ReasonsIn, *, key: str = "") -> Made:
        """Ask that a human looks at a membership that a score has marked."""
        path = f"/api/v1/memberships/{_part(ref)}/reasons"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Made", answer.json())

    def rights_withdraw(self, ref: str, *, key: str = "") -> Done:
        """Take a request back, while nothing was done about it."""
        path = f"/api/v1/data-requests/{_part(ref)}/withdraw"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def rights_looks(self, ref: str) -> list[LookOut]:
        """Who of the staff looked at what, the newest first."""
        path = f"/api/v1/persons/{_part(ref)}/data/looks"
        answer = self._ask("GET", path)
        return cast("list[LookOut]", answer.json())

    def members_join(self, body: JoinIn, *, key: str = "") -> JoinedOut:
        """Join a plan, for oneself or a verified relative; the signed-in person pays.

        Scope of a program: `memberships:write`.
        """
        path = "/api/v1/memberships"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("JoinedOut", answer.json())

    def members_memberships(self) -> list[MembershipOut]:
        """One's own and the relatives' memberships, newest first.

        Scope of a program: `memberships:read`.
        """
        path = "/api/v1/memberships"
        answer = self._ask("GET", path)
        return cast("list[MembershipOut]", answer.json())

    def members_membership(self, ref: str) -> MembershipOut:
        """One membership with its cover today.

        Scope of a program: `memberships:read`.
        """
        path = f"/api/v1/memberships/{_part(ref)}"
        answer = self._ask("GET", path)
        return cast("MembershipOut", answer.json())

    def members_new_terms(self, ref: str) -> list[ComingOut]:
        """The announced versions that are not in force yet, and what each changes for this member.

        Scope of a program: `memberships:read`.
        """
        path = f"/api/v1/memberships/{_part(ref)}/new-terms"
        answer = self._ask("GET", path)
        return cast("list[ComingOut]", answer.json())

    def members_leave(self, ref: str, *, key: str = "") -> LeftOut:
        """Leave the plan; today is the last day.

        Scope of a program: `memberships:write`.
        """
        path = f"/api/v1/memberships/{_part(ref)}/leave"
        answer = self._ask("POST", path, key=key)
        return cast("LeftOut", answer.json())

    def members_come_back(self, ref: str, *, key: str = "") -> CameBackOut:
        """Have an ended membership back, where the terms give it; it goes on from tomorrow.

        Scope of a program: `memberships:write`.
        """
        path = f"/api/v1/memberships/{_part(ref)}/come-back"
        answer = self._ask("POST", path, key=key)
        return cast("CameBackOut", answer.json())

    def members_take_over(self, ref: str, *, key: str = "") -> Done:
        """Pay from the next lock on for the household of this membership, whose payer has died.

        Scope of a program: `memberships:write`.
        """
        path = f"/api/v1/memberships/{_part(ref)}/take-over"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def members_ask_transfer(self, ref: str, body: TransferIn, *, key: str = "") -> Done:
        """Agree to go on in the plan that `transfer` of the membership names, on becoming too old.

        Scope of a program: `memberships:write`.
        """
        path = f"/api/v1/memberships/{_part(ref)}/transfer"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def members_drop_transfer(self, ref: str, *, key: str = "") -> Done:
        """Take that back; the membership then ends by age, and nothing follows.

        Scope of a program: `memberships:write`.
        """
        path = f"/api/v1/memberships/{_part(ref)}/drop-transfer"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def members_ask_consent(self, ref: str, body: PhoneIn, *, key: str = "") -> Done:
        """Send the adult for whom one joined a code to their own phone, by which they agree.

        Scope of a program: `memberships:write`.
        """
        path = f"/api/v1/memberships/{_part(ref)}/ask-consent"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def members_agree(self, ref: str, body: AgreeIn, *, key: str = "") -> AgreedOut:
        """Agree to a membership that somebody else joined: signed in oneself, or by the code.

        Scope of a program: `memberships:write`.
        """
        path = f"/api/v1/memberships/{_part(ref)}/agree"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("AgreedOut", answer.json())

    def members_receipt(self, ref: str) -> ProofOut:
        """The ticket, or from the next day on the receipt, that proves the join.

        Scope of a program: `memberships:read`.
        """
        path = f"/api/v1/memberships/{_part(ref)}/receipt"
        answer = self._ask("GET", path)
        return cast("ProofOut", answer.json())

    def periods_periods(
        self, plan: str, *, before: str | None = None, limit: int | None = None
    ) -> Iterator[PeriodOut]:
        """The periods of a plan, the newest first; `before` names a publicity day."""
        path = f"/api/v1/plans/{_part(plan)}/periods"
        return self._pages(path, {"before": before, "limit": limit})

    def periods_period(self, plan: str, day: str) -> PeriodFullOut:
        """One period, named by its publicity day, with the working."""
        path = f"/api/v1/plans/{_part(plan)}/periods/{_part(day)}"
        answer = self._ask("GET", path)
        return cast("PeriodFullOut", answer.json())

    def periods_shares(
        self, ref: str, *, before: str | None = None, limit: int | None = None
    ) -> Iterator[ShareOut]:
        """What the membership was charged in each settled period, the newest first.

        A page is so many periods of the plan; in some of them it may have had no part.

        Scope of a program: `shares:read`.
        """
        path = f"/api/v1/memberships/{_part(ref)}/shares"
        return self._pages(path, {"before": before, "limit": limit})

    def periods_certificate(self, ref: str, day: str) -> CertificateOut:
        """The proof that the share of a period was computed fairly, once it is recorded.

        Scope of a program: `shares:read`.
        """
        path = f"/api/v1/memberships/{_part(ref)}/shares/{_part(day)}/certificate"
        answer = self._ask("GET", path)
        return cast("CertificateOut", answer.json())

    def periods_debits(self) -> list[DebitOut]:
        """What the signed-in payer owes, owed and paid, the newest first in each plan.

        Scope of a program: `shares:read`.
        """
        path = "/api/v1/debits"
        answer = self._ask("GET", path)
        return cast("list[DebitOut]", answer.json())

    def periods_pay_arrears(self, *, key: str = "") -> ArrearsOut:
        """Ask to be debited now for everything that is owed; refused where nothing is.

        Scope of a program: `shares:write`.
        """
        path = "/api/v1/debits/pay"
        answer = self._ask("POST", path, key=key)
        return cast("ArrearsOut", answer.json())

    def claims_draft(self, body: ClaimIn, *, key: str = "") -> Made:
        """Begin a claim. Nothing of it is on the record until it is opened.

        Scope of a program: `claims:write`.
        """
        path = "/api/v1/claims"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Made", answer.json())

    def claims_claims(self) -> list[ClaimLineOut]:
        """One's own and the relatives' claims, newest first.

        Scope of a program: `claims:read`.
        """
        path = "/api/v1/claims"
        answer = self._ask("GET", path)
        return cast("list[ClaimLineOut]", answer.json())

    def claims_edit(self, ref: str, body: SaidIn, *, key: str = "") -> Done:
        """Say anew what was said, until the claim is handed in.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/claims/{_part(ref)}/edit"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def claims_name_payee(self, ref: str, body: PayeeIn, *, key: str = "") -> Done:
        """Name another payee, until the aid is decided.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/claims/{_part(ref)}/payee"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def claims_ask_payee_change(self, ref: str, body: PayeeIn, *, key: str = "") -> Done:
        """Ask for another payee after the aid was decided; a code goes to one's own phone.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/claims/{_part(ref)}/payee-change"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def claims_confirm_payee_change(self, ref: str, body: CodeIn, *, key: str = "") -> Done:
        """Give the code. Then it waits for 24 hours and a supervisor, and nothing is paid.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/claims/{_part(ref)}/payee-change/confirm"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def claims_stop_payee_change(self, ref: str, *, key: str = "") -> Done:
        """Stop it: the payee stays as decided.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/claims/{_part(ref)}/payee-change/stop"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def claims_end_help(self, ref: str, *, key: str = "") -> Done:
        """End somebody's help with a claim that is not handed in; what was filled in stays.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/claims/{_part(ref)}/end-help"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def claims_drop(self, ref: str, *, key: str = "") -> Done:
        """Delete a draft for good; what is on the record is withdrawn instead.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/claims/{_part(ref)}/drop"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def claims_claim(self, ref: str) -> ClaimOut:
        """One claim with everything that was said about it.

        Scope of a program: `claims:read`.
        """
        path = f"/api/v1/claims/{_part(ref)}"
        answer = self._ask("GET", path)
        return cast("ClaimOut", answer.json())

    def claims_open(self, ref: str, *, key: str = "") -> Done:
        """Put the claim on the record: from here its governing version is fixed.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/claims/{_part(ref)}/open"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def claims_add_evidence(
        self, ref: str, file: bytes, kind: str, device_hash: str = "", *, key: str = ""
    ) -> Made:
        """Hand in a document (multipart), with the SHA-256 that the device made of it, if it did.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/claims/{_part(ref)}/evidence"
        answer = self._ask(
            "POST",
            path,
            key=key,
            files={"file": ("document", file)},
            data={"kind": kind, "device_hash": device_hash},
        )
        return cast("Made", answer.json())

    def claims_seal(self, ref: str, *, key: str = "") -> Done:
        """Hand the claim in.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/claims/{_part(ref)}/seal"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def claims_withdraw(self, ref: str, *, key: str = "") -> Done:
        """Take the claim back.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/claims/{_part(ref)}/withdraw"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def claims_appeal(self, ref: str, body: AppealIn, *, key: str = "") -> Done:
        """Ask for the review board after a decline; the appeal waits in a queue that says so.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/claims/{_part(ref)}/appeal"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def assistances_begin(self, body: AssistanceIn, *, key: str = "") -> Made:
        """Send a code to whoever wants help. The answer is the same where the number is nobody's.

        Scope of a program: `claims:write`.
        """
        path = "/api/v1/assistances"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Made", answer.json())

    def assistances_assistance(self, ref: str) -> AssistanceOut:
        """How far the help is, and whom the claim can be for.

        Scope of a program: `claims:read`.
        """
        path = f"/api/v1/assistances/{_part(ref)}"
        answer = self._ask("GET", path)
        return cast("AssistanceOut", answer.json())

    def assistances_open(self, ref: str, body: CodeIn, *, key: str = "") -> Done:
        """Give the first code: from here one claim may be filled in, for a day.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/assistances/{_part(ref)}/open"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def assistances_claim(self, ref: str, body: AssistedIn, *, key: str = "") -> Made:
        """Fill the one claim in, in the member's name; again to mend it.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/assistances/{_part(ref)}/claim"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Made", answer.json())

    def assistances_add_evidence(self, ref: str, file: bytes, kind: str, *, key: str = "") -> Made:
        """Add a document to the one claim (multipart).

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/assistances/{_part(ref)}/evidence"
        answer = self._ask(
            "POST", path, key=key, files={"file": ("document", file)}, data={"kind": kind}
        )
        return cast("Made", answer.json())

    def assistances_ask_to_hand_in(self, ref: str, *, key: str = "") -> Done:
        """Send the member the second code, once everything is there.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/assistances/{_part(ref)}/ask"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def assistances_hand_in(self, ref: str, body: CodeIn, *, key: str = "") -> Done:
        """Give the second code: the member agrees, and the claim is handed in.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/assistances/{_part(ref)}/hand-in"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def evidence_view(self, ref: str) -> bytes:
        """The viewing copy of a document, JPEG or PDF; a look by staff leaves an audit row.

        Scope of a program: `claims:read`.
        """
        path = f"/api/v1/evidence/{_part(ref)}/view"
        answer = self._ask("GET", path)
        return answer.content

    def evidence_take_out(self, ref: str, *, key: str = "") -> Done:
        """Take one's document out before the claim is handed in: its files are erased.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/evidence/{_part(ref)}/take-out"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def evidence_opening(self, ref: str) -> dict[str, str | int]:
        """The file `N.opening.json` of one's own document, for `sameboat verify`.

        Scope of a program: `claims:read`.
        """
        path = f"/api/v1/evidence/{_part(ref)}/opening"
        answer = self._ask("GET", path)
        return cast("dict[str, str | int]", answer.json())

    def uploads_begin(self, ref: str, body: UploadIn, *, key: str = "") -> UploadOut:
        """Announce a document, or find the same one that is under way: send what follows
        `received`.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/claims/{_part(ref)}/uploads"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("UploadOut", answer.json())

    def uploads_upload(self, ref: str) -> UploadOut:
        """How far an upload is.

        Scope of a program: `claims:read`.
        """
        path = f"/api/v1/uploads/{_part(ref)}"
        answer = self._ask("GET", path)
        return cast("UploadOut", answer.json())

    def uploads_piece(self, ref: str, offset: int, content: bytes) -> UploadOut:
        """The piece that begins at `offset`, as it is. Sent again it changes nothing.

        Scope of a program: `claims:write`.
        """
        path = f"/api/v1/uploads/{_part(ref)}/{_part(offset)}"
        answer = self._ask("PUT", path, content=content)
        return cast("UploadOut", answer.json())

    def cases_cases(
        self, plan: str, *, after: str | None = None, limit: int | None = None
    ) -> Iterator[CaseOut]:
        """The cases now shown to the members of a plan.

        `after` is the reference of the last case of the page before.

        Scope of a program: `cases:read`.
        """
        path = f"/api/v1/plans/{_part(plan)}/cases"
        return self._pages(path, {"after": after, "limit": limit})

    def cases_case(self, ref: str) -> CaseOut:
        """One case in publicity.

        Scope of a program: `cases:read`.
        """
        path = f"/api/v1/cases/{_part(ref)}"
        answer = self._ask("GET", path)
        return cast("CaseOut", answer.json())

    def cases_object_to(self, ref: str, body: ObjectionIn, *, key: str = "") -> Made:
        """Object to a case, once, with a reason; it will be answered before the case goes on.

        Scope of a program: `cases:write`.
        """
        path = f"/api/v1/cases/{_part(ref)}/objections"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Made", answer.json())

    def staff_queue(
        self, *, after: str | None = None, limit: int | None = None
    ) -> Iterator[WorkOut]:
        """What this login can do now, by its roles; the oldest claims first.

        Scope of a program: `staff:read`.
        """
        path = "/api/v1/staff/queue"
        return self._pages(path, {"after": after, "limit": limit})

    def staff_documents(self) -> list[NewDocumentOut]:
        """New documents of members that bear another name, to be compared; the oldest first.

        Scope of a program: `staff:read`.
        """
        path = "/api/v1/staff/documents"
        answer = self._ask("GET", path)
        return cast("list[NewDocumentOut]", answer.json())

    def staff_decide_document(self, ref: str, body: DecideDocumentIn, *, key: str = "") -> Done:
        """Accept a new document as the same person's, or let the old one stand.

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/documents/{_part(ref)}/decide"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def staff_grant_mandate(self, ref: str, body: MandateIn, *, key: str = "") -> Done:
        """Let somebody outside the family act for a person until a day, by a paper that was seen.

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/persons/{_part(ref)}/mandates"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def staff_record_death(self, ref: str, body: DeathIn, *, key: str = "") -> DeathOut:
        """Enter that a person died. A second person's like entry records it: memberships end, and
        debits of the household pause.

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/persons/{_part(ref)}/death"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("DeathOut", answer.json())

    def staff_undo_death(self, ref: str, body: UndoDeathIn, *, key: str = "") -> DeathOut:
        """Enter that a recorded death was a mistake. A second person's like entry undoes it: what
        ended comes back without a gap, debits go on, the login opens, the person is told.

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/persons/{_part(ref)}/death/undo"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("DeathOut", answer.json())

    def staff_claim(self, ref: str) -> StaffClaimOut:
        """A claim to be judged; the look leaves an audit row.

        Scope of a program: `staff:read`.
        """
        path = f"/api/v1/staff/claims/{_part(ref)}"
        answer = self._ask("GET", path)
        return cast("StaffClaimOut", answer.json())

    def staff_ask(self, ref: str, body: AskIn, *, key: str = "") -> Done:
        """Ask the claimant for more evidence; a second time only as a supervisor.

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/claims/{_part(ref)}/ask"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def staff_release(self, ref: str, body: ReleaseIn, *, key: str = "") -> Done:
        """Put a claim on hold back to where the record stands (role supervisor).

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/claims/{_part(ref)}/release"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def staff_payee_change(self, ref: str, body: PayeeChangeIn, *, key: str = "") -> Done:
        """Let another payee take effect after the wait, or refuse it at once (role supervisor).

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/claims/{_part(ref)}/payee-change"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def staff_investigators(self) -> list[InvestigatorOut]:
        """Whom the insurer may assign.

        Scope of a program: `staff:read`.
        """
        path = "/api/v1/staff/investigators"
        answer = self._ask("GET", path)
        return cast("list[InvestigatorOut]", answer.json())

    def staff_assign(self, ref: str, body: AssignIn, *, key: str = "") -> Done:
        """Send an investigator (role insurer).

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/claims/{_part(ref)}/assign"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def staff_report(self, ref: str, body: ReportIn, *, key: str = "") -> Done:
        """Tell what the investigation found (the investigator who was assigned).

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/claims/{_part(ref)}/report"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def decisions_propose(self, ref: str, body: ProposeIn, *, key: str = "") -> DecidedOut:
        """Propose the aid of a row of the benefit table; a second person confirms.

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/claims/{_part(ref)}/propose"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("DecidedOut", answer.json())

    def decisions_decline(self, ref: str, body: DeclineIn, *, key: str = "") -> DecidedOut:
        """Propose to decline under a clause; a second person confirms.

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/claims/{_part(ref)}/decline"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("DecidedOut", answer.json())

    def decisions_recall(self, ref: str, body: RecallIn, *, key: str = "") -> DecidedOut:
        """Propose to take a proposal back before it is published.

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/claims/{_part(ref)}/recall"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("DecidedOut", answer.json())

    def decisions_reopen(self, ref: str, body: ReopenIn, *, key: str = "") -> DecidedOut:
        """Propose to look at a decided claim again (two second deciders).

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/claims/{_part(ref)}/reopen"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("DecidedOut", answer.json())

    def decisions_decisions(
        self, *, after: int | None = None, limit: int | None = None
    ) -> Iterator[DecisionOut]:
        """Decisions that wait for a second person, oldest first.

        Scope of a program: `staff:read`.
        """
        path = "/api/v1/staff/decisions"
        return self._pages(path, {"after": after, "limit": limit})

    def decisions_confirm(self, decision_id: int, *, key: str = "") -> Done:
        """Agree as the second person: the claim moves.

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/decisions/{_part(decision_id)}/confirm"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def decisions_drop(self, decision_id: int, *, key: str = "") -> Done:
        """Do not agree: the claim may be decided anew.

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/decisions/{_part(decision_id)}/drop"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def decisions_objections(
        self, plan: str, *, after: str | None = None, limit: int | None = None
    ) -> Iterator[ObjectionOut]:
        """Objections that nobody answered yet, oldest first.

        Scope of a program: `staff:read`.
        """
        path = f"/api/v1/staff/plans/{_part(plan)}/objections"
        return self._pages(path, {"after": after, "limit": limit})

    def decisions_answer(self, ref: str, body: AnswerIn, *, key: str = "") -> DecidedOut:
        """Propose to dismiss or uphold an objection; a second person confirms.

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/objections/{_part(ref)}/answer"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("DecidedOut", answer.json())

    def data_desk_waiting(self) -> list[DataWaitingOut]:
        """The open requests, those due first at the top."""
        path = "/api/v1/staff/data-requests"
        answer = self._ask("GET", path)
        return cast("list[DataWaitingOut]", answer.json())

    def data_desk_answer(self, ref: str, body: DataAnswerIn, *, key: str = "") -> Done:
        """Answer a correction or a look at a mark; who somebody is, another person confirms."""
        path = f"/api/v1/staff/data-requests/{_part(ref)}/answer"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def data_desk_confirm(self, ref: str, body: DataAgreeIn, *, key: str = "") -> Done:
        """Agree to an answer about who somebody is, or open it again."""
        path = f"/api/v1/staff/data-requests/{_part(ref)}/confirm"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def data_desk_hold(self, ref: str, body: HoldIn, *, key: str = "") -> Done:
        """Let an erasure wait for an audit, or a mark outlast it for fraud or law."""
        path = f"/api/v1/staff/persons/{_part(ref)}/hold"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def data_desk_lift(self, ref: str, body: LiftIn, *, key: str = "") -> Done:
        """End a hold before its day."""
        path = f"/api/v1/staff/persons/{_part(ref)}/hold/lift"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def desk_by_phone(self, body: PhoneIn) -> list[FoundOut]:
        """Whose login has a phone number: nobody, or one. The search leaves an audit row.

        Scope of a program: `staff:write`.
        """
        path = "/api/v1/staff/members/by-phone"
        answer = self._ask("POST", path, json=body)
        return cast("list[FoundOut]", answer.json())

    def desk_by_document(self, body: DocumentIn) -> list[FoundOut]:
        """Whom a document names: nobody, or one. The search leaves an audit row.

        Scope of a program: `staff:write`.
        """
        path = "/api/v1/staff/members/by-document"
        answer = self._ask("POST", path, json=body)
        return cast("list[FoundOut]", answer.json())

    def desk_trail(
        self,
        *,
        of_login: str | None = None,
        subject: str | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> Iterator[TrailOut]:
        """What staff did and looked at, the newest first (roles supervisor and auditor).

        Scope of a program: `staff:read`.
        """
        path = "/api/v1/staff/trail"
        return self._pages(
            path, {"of_login": of_login, "subject": subject, "before": before, "limit": limit}
        )

    def rulebooks_rulebooks(self) -> list[RulebookOut]:
        """The rulebooks that wait for a second person (staff).

        Scope of a program: `staff:read`.
        """
        path = "/api/v1/staff/rulebooks"
        answer = self._ask("GET", path)
        return cast("list[RulebookOut]", answer.json())

    def rulebooks_propose(self, body: RulebookIn, *, key: str = "") -> RulebookOut:
        """Propose a rulebook (role plan_designer); every fault of it is told at once.

        Scope of a program: `staff:write`.
        """
        path = "/api/v1/staff/rulebooks"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("RulebookOut", answer.json())

    def rulebooks_adopt(self, plan: str, *, key: str = "") -> Done:
        """Adopt what another person proposed (role supervisor): it is announced and on the record.

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/rulebooks/{_part(plan)}/adopt"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def rulebooks_drop(self, plan: str, *, key: str = "") -> Done:
        """Take the proposal back, or do not agree: the terms stay as they are.

        Scope of a program: `staff:write`.
        """
        path = f"/api/v1/staff/rulebooks/{_part(plan)}/drop"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def finance_advance(self, plan: str) -> AdvancedOut:
        """Run what is due for a plan now. Safe to repeat, so it takes no key; a second run at the
        same time is refused.

        Scope of a program: `finance:write`.
        """
        path = f"/api/v1/finance/plans/{_part(plan)}/advance"
        answer = self._ask("POST", path)
        return cast("AdvancedOut", answer.json())

    def finance_propose_end(self, plan: str, body: EndIn, *, key: str = "") -> Done:
        """Propose that a plan end (role plan_designer or supervisor).

        Scope of a program: `finance:write`.
        """
        path = f"/api/v1/finance/plans/{_part(plan)}/end/propose"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def finance_announce_end(self, plan: str, *, key: str = "") -> Done:
        """Announce the end that another person proposed (role finance); it cannot be taken back.

        Scope of a program: `finance:write`.
        """
        path = f"/api/v1/finance/plans/{_part(plan)}/end/announce"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def finance_drop_end(self, plan: str, *, key: str = "") -> Done:
        """Take the proposal back, or do not agree: the plan goes on.

        Scope of a program: `finance:write`.
        """
        path = f"/api/v1/finance/plans/{_part(plan)}/end/drop"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def finance_differences(
        self, plan: str, *, after: int | None = None, limit: int | None = None
    ) -> Iterator[DifferenceOut]:
        """Differences that nobody settled yet, oldest first.

        Scope of a program: `finance:read`.
        """
        path = f"/api/v1/finance/plans/{_part(plan)}/differences"
        return self._pages(path, {"after": after, "limit": limit})

    def finance_propose(self, difference: int, body: ResolutionIn, *, key: str = "") -> Done:
        """Say what is to be done about a difference; another person confirms it.

        Scope of a program: `finance:write`.
        """
        path = f"/api/v1/finance/differences/{_part(difference)}/propose"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("Done", answer.json())

    def finance_confirm(self, difference: int) -> Done:
        """Agree, as another person: it is done and booked. Safe to repeat, so it takes no key.

        Scope of a program: `finance:write`.
        """
        path = f"/api/v1/finance/differences/{_part(difference)}/confirm"
        answer = self._ask("POST", path)
        return cast("Done", answer.json())

    def finance_drop(self, difference: int, *, key: str = "") -> Done:
        """Do not agree, or take one's own proposal back.

        Scope of a program: `finance:write`.
        """
        path = f"/api/v1/finance/differences/{_part(difference)}/drop"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def finance_recoveries(
        self, plan: str, *, after: int | None = None, limit: int | None = None
    ) -> Iterator[RecoveryOut]:
        """Aid that was settled too much, was paid out, and has not come back yet, oldest first.

        Scope of a program: `finance:read`.
        """
        path = f"/api/v1/finance/plans/{_part(plan)}/recoveries"
        return self._pages(path, {"after": after, "limit": limit})

    def finance_repayment(self, recovery: int, body: RepaymentIn, *, key: str = "") -> ProposedOut:
        """Say that a payee gave aid back; another person confirms it.

        Scope of a program: `finance:write`.
        """
        path = f"/api/v1/finance/recoveries/{_part(recovery)}/repayment"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("ProposedOut", answer.json())

    def finance_write_off(self, recovery: int, body: WriteOffIn, *, key: str = "") -> ProposedOut:
        """Say that what is left of a recovery will not come back; another person confirms it.

        Scope of a program: `finance:write`.
        """
        path = f"/api/v1/finance/recoveries/{_part(recovery)}/write-off"
        answer = self._ask("POST", path, key=key, json=body)
        return cast("ProposedOut", answer.json())

    def finance_failed_payouts(
        self, *, after: int | None = None, limit: int | None = None
    ) -> Iterator[PayoutOut]:
        """Payouts that did not reach the payee, oldest first.

        Scope of a program: `finance:read`.
        """
        path = "/api/v1/finance/payouts/failed"
        return self._pages(path, {"after": after, "limit": limit})

    def finance_retry_payout(self, ref: str, *, key: str = "") -> Done:
        """Send the failed payout of a claim once more, after its cause was mended.

        Scope of a program: `finance:write`.
        """
        path = f"/api/v1/finance/payouts/{_part(ref)}/retry"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def finance_failed_refunds(
        self, *, after: int | None = None, limit: int | None = None
    ) -> Iterator[RefundOut]:
        """Refunds that did not reach the payer, oldest first.

        Scope of a program: `finance:read`.
        """
        path = "/api/v1/finance/refunds/failed"
        return self._pages(path, {"after": after, "limit": limit})

    def finance_retry_refund(self, refund: int, *, key: str = "") -> Done:
        """Send a failed refund once more, after its cause was mended.

        Scope of a program: `finance:write`.
        """
        path = f"/api/v1/finance/refunds/{_part(refund)}/retry"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def books_progress(self, plan: str, day: str) -> ProgressOut:
        """How far a period is: its stages, its debits and its payouts.

        Scope of a program: `finance:read`.
        """
        path = f"/api/v1/finance/plans/{_part(plan)}/periods/{_part(day)}"
        answer = self._ask("GET", path)
        return cast("ProgressOut", answer.json())

    def books_books(self, plan: str) -> list[AccountOut]:
        """The trial balance: every ledger account of the plan.

        Scope of a program: `finance:read`.
        """
        path = f"/api/v1/finance/plans/{_part(plan)}/books"
        answer = self._ask("GET", path)
        return cast("list[AccountOut]", answer.json())

    def books_journal(
        self,
        plan: str,
        *,
        after: str | None = None,
        period_on: str | None = None,
        limit: int | None = None,
    ) -> Iterator[BookingOut]:
        """The bookings in the order they were made, of one period where it is named.

        `after` is the key of the last booking of the page before.

        Scope of a program: `finance:read`.
        """
        path = f"/api/v1/finance/plans/{_part(plan)}/bookings"
        return self._pages(path, {"after": after, "period_on": period_on, "limit": limit})

    def books_table(self, plan: str, name: str) -> str:
        """One table of the books as CSV, as the pages give it; the export leaves an audit row.

        Scope of a program: `finance:read`.
        """
        path = f"/api/v1/finance/plans/{_part(plan)}/books/{_part(name)}"
        answer = self._ask("GET", path)
        return answer.text

    def books_bundle(self, plan: str) -> bytes:
        """All tables with their hashes, for auditors; the export leaves an audit row.

        Scope of a program: `finance:read`.
        """
        path = f"/api/v1/finance/plans/{_part(plan)}/books.zip"
        answer = self._ask("GET", path)
        return answer.content

    def webhooks_set_up(self, body: EndpointIn) -> SecretOut:
        """Be told from now on. It takes no key, since the answer must not be kept.

        Scope of a program: `webhooks:write`.
        """
        path = "/api/v1/webhooks"
        answer = self._ask("POST", path, json=body)
        return cast("SecretOut", answer.json())

    def webhooks_endpoints(self) -> list[EndpointOut]:
        """The endpoints of an integrator; a supervisor sees all.

        Scope of a program: `webhooks:read`.
        """
        path = "/api/v1/webhooks"
        answer = self._ask("GET", path)
        return cast("list[EndpointOut]", answer.json())

    def webhooks_endpoint(self, ref: str) -> EndpointOut:
        """One endpoint.

        Scope of a program: `webhooks:read`.
        """
        path = f"/api/v1/webhooks/{_part(ref)}"
        answer = self._ask("GET", path)
        return cast("EndpointOut", answer.json())

    def webhooks_rotate(self, ref: str) -> SecretOut:
        """A new secret; for a day both sign. It takes no key, since the answer must not be kept.

        Scope of a program: `webhooks:write`.
        """
        path = f"/api/v1/webhooks/{_part(ref)}/rotate"
        answer = self._ask("POST", path)
        return cast("SecretOut", answer.json())

    def webhooks_test(self, ref: str, *, key: str = "") -> Done:
        """Send a message of the type `webhook.test`.

        Scope of a program: `webhooks:write`.
        """
        path = f"/api/v1/webhooks/{_part(ref)}/test"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def webhooks_start(self, ref: str, *, key: str = "") -> Done:
        """Send there again, after it had been stopped and its cause was mended.

        Scope of a program: `webhooks:write`.
        """
        path = f"/api/v1/webhooks/{_part(ref)}/start"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def webhooks_remove(self, ref: str, *, key: str = "") -> Done:
        """Send nothing more there.

        Scope of a program: `webhooks:write`.
        """
        path = f"/api/v1/webhooks/{_part(ref)}/remove"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def webhooks_log(
        self, ref: str, *, before: int | None = None, limit: int | None = None
    ) -> Iterator[DeliveryOut]:
        """What was and will be sent, the newest first; kept for a month.

        Scope of a program: `webhooks:read`.
        """
        path = f"/api/v1/webhooks/{_part(ref)}/log"
        return self._pages(path, {"before": before, "limit": limit})

    def webhooks_again(self, ref: str, delivery: int, *, key: str = "") -> Done:
        """Send a message once more, under the same id.

        Scope of a program: `webhooks:write`.
        """
        path = f"/api/v1/webhooks/{_part(ref)}/log/{_part(delivery)}/again"
        answer = self._ask("POST", path, key=key)
        return cast("Done", answer.json())

    def record_head(self) -> HeadOut:
        """The newest tree head."""
        path = "/api/v1/record/head"
        answer = self._ask("GET", path)
        return cast("HeadOut", answer.json())

    def record_checkpoint(self) -> str:
        """The signed checkpoint alone, as text."""
        path = "/api/v1/record/checkpoint"
        answer = self._ask("GET", path)
        return answer.text

    def record_receipt(self, leaf: str) -> ReceiptOut:
        """The receipt of an entry, by its leaf hash."""
        path = f"/api/v1/record/receipts/{_part(leaf)}"
        answer = self._ask("GET", path)
        return cast("ReceiptOut", answer.json())

    def record_policy(self) -> PolicyOut:
        """The policy in force on the record."""
        path = "/api/v1/record/policy"
        answer = self._ask("GET", path)
        return cast("PolicyOut", answer.json())

    def demo_codes(self, *, phone: str) -> list[MessageOut]:
        """The latest messages to a phone."""
        path = "/api/v1/demo/codes"
        answer = self._ask("GET", path, query={"phone": phone})
        return cast("list[MessageOut]", answer.json())

    def demo_present(self) -> ClockOut:
        """What time it is here, what comes next, and what is still to be done."""
        path = "/api/v1/demo/clock"
        answer = self._ask("GET", path)
        return cast("ClockOut", answer.json())

    def demo_advance(self, body: ClockIn) -> ClockOut:
        """Move the clock forward; what becomes due then is done by the worker."""
        path = "/api/v1/demo/clock"
        answer = self._ask("POST", path, json=body)
        return cast("ClockOut", answer.json())

    def demo_what_is_busy(self) -> BusyOut:
        """Whether the worker has caught up with the clock; whoever waits for it asks often."""
        path = "/api/v1/demo/busy"
        answer = self._ask("GET", path)
        return cast("BusyOut", answer.json())

    def demo_set_wallet(self, body: WalletIn) -> Done:
        """Fill, empty or break the signed-in payer's wallet, so that debits succeed or fail."""
        path = "/api/v1/demo/wallet"
        answer = self._ask("POST", path, json=body)
        return cast("Done", answer.json())

    def demo_agree(self) -> Done:
        """Let every adult whom the signed-in payer joined agree, as if each had answered by phone."""
        path = "/api/v1/demo/agree"
        answer = self._ask("POST", path)
        return cast("Done", answer.json())
