"""A claim's life in the words of the society: who does what, one verb each.

Ana claims in the demonstration plan; Hao and Lin decide; Yue of the insurer sends Tan to look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import society
from claims import documents_factory as documents
from sameboat.claims import actions
from sameboat.claims.models import Claim, Decision
from sameboat.gateways.identity_check import Outcome
from sameboat.gateways.identity_check.sandbox import number_for
from sameboat.identity.actions import give_consent
from sameboat.identity.persons import ADULT_YEARS
from sameboat.identity.roles import Role
from sameboat.members.models import Membership
from sameboat.record.actions import sequence
from sameboat.rules.calendar import age_on
from sameboat.rules.claim import State
from sameboat.rules.documents import DocumentKind
from society import ANA, FEI, HAO, LIN, PLAN, START, Somebody

YUE = Somebody(
    name="岳安", born_on=date(1980, 1, 1), sex="f", staff_name="yue", roles=(Role.INSURER,)
)
TAN = Somebody(
    name="谭查", born_on=date(1981, 1, 1), sex="m", staff_name="tan", roles=(Role.INVESTIGATOR,)
)
INFARCTION = "2"
PUBLICITY_ON = date(2026, 7, 21)


def day(number: int) -> datetime:
    """Noon in Shanghai, so many days after the society began (2 March 2026)."""
    return START + timedelta(days=number)


@dataclass
class Story:
    """One claim on its way. Each verb is by those whose part it is, and says when."""

    membership: Membership
    ref: str = ""

    @property
    def claim(self) -> Claim:
        """The claim as it stands now."""
        return Claim.objects.get(ref=self.ref)

    def state(self) -> State:
        """Where it stands now."""
        return State[self.claim.state]

    def drafts(
        self,
        on: int = 120,
        *,
        began: int = 118,
        illness: str = INFARCTION,
        severity: str = "severe",
        accident: bool = False,
        accident_at: datetime | None = None,
        died_at: datetime | None = None,
        payee: str = "安妈妈",
        phone: str = "13900000001",
        answer: Outcome = Outcome.MATCH,
        by: Somebody = ANA,
    ) -> Story:
        """The payee is not of the family; the gateway gives its answer about them at once."""
        self.ref = actions.draft_claim(
            login_id=login(by),
            membership_ref=self.membership.ref,
            illness=illness,
            severity=severity,
            accident=accident,
            diagnosed_on=day(began).date(),
            hospital="仁济医院",
            statement="胸口剧痛，送急诊",
            payee_name=payee,
            payee_phone=phone,
            payee_document_kind=DocumentKind.RESIDENT_ID,
            payee_document_number=number_for(answer, born_on=date(1960, 2, 2), sex="f"),
            accident_at=accident_at,
            died_at=died_at,
            now=day(on),
        )
        self.payee_is_answered(on)
        return self

    def payee_is_answered(self, on: int = 120) -> str:
        return actions.answer_payee(payee_ref=self.claim.payee_ref, now=day(on))

    def opens(self, on: int = 120, *, by: Somebody = ANA) -> Story:
        actions.open_claim(login_id=login(by), claim_ref=self.ref, now=day(on))
        return self

    def sends(
        self,
        kind: str,
        content: bytes | None = None,
        on: int = 120,
        *,
        by: Somebody = ANA,
        device_hash: str | None = None,
    ) -> str:
        return actions.add_evidence(
            login_id=login(by),
            claim_ref=self.ref,
            kind=kind,
            content=documents.photo(f"{kind} {on}") if content is None else content,
            filename=f"{kind}.jpg",
            device_hash=device_hash,
            now=day(on),
        )

    def sends_all(self, on: int = 120, *, by: Somebody = ANA) -> Story:
        is_child = age_on(self.membership.born_on, day(on).date()) < ADULT_YEARS
        for kind in ("identity", "diagnosis", *(["authority"] if is_child else [])):
            self.sends(kind, documents.photo(f"{kind} of {self.ref}"), on, by=by)
        return self

    def consents(self, on: int = 120, *, by: Somebody = ANA) -> Story:
        for purpose in ("health_data", "publication"):
            give_consent(
                login_id=login(by),
                person_id=self.membership.person_id,
                purpose=purpose,
                version="1",
                now=day(on),
            )
        return self

    def seals(self, on: int = 121, *, by: Somebody = ANA) -> Story:
        actions.seal_claim(login_id=login(by), claim_ref=self.ref, now=day(on))
        return self

    def is_investigated(self, on: int = 123, *, finding: str = "confirmed") -> Story:
        actions.assign_investigator(
            login_id=login(YUE), claim_ref=self.ref, investigator_id=login(TAN), now=day(on)
        )
        actions.report_investigation(
            login_id=login(TAN),
            claim_ref=self.ref,
            finding=finding,
            report="走访了仁济医院，病历属实",
            now=day(on + 2),
        )
        return self

    def proposed_by_hao(self, on: int = 130, *, row: str = "severe-39") -> int:
        return actions.propose_aid(
            login_id=login(HAO), claim_ref=self.ref, benefit_row=row, reason="属实", now=day(on)
        )

    def declined_by_hao(
        self, on: int = 130, *, clause: str = "claims.evidence_required", code: str = "not_proven"
    ) -> int:
        return actions.decline_claim(
            login_id=login(HAO),
            claim_ref=self.ref,
            clause=clause,
            reason_code=code,
            reason="材料不足",
            now=day(on),
        )

    def confirmed_by_lin(self, decision: int, on: int = 131) -> Story:
        actions.confirm_decision(login_id=login(LIN), decision_id=decision, now=day(on))
        return self

    def is_proposed(self) -> Story:
        """From a draft to a proposal, everybody agreeing."""
        self.drafts().opens().sends_all().consents().seals().is_investigated()
        return self.confirmed_by_lin(self.proposed_by_hao())

    def is_declined(self) -> Story:
        """From a draft to a decline, both agreeing."""
        self.drafts().opens().sends_all().consents().seals().is_investigated()
        return self.confirmed_by_lin(self.declined_by_hao())

    def is_published(self) -> Story:
        """Shown to the members from the publicity day, 21 July 2026."""
        self.is_proposed()
        opened = actions.open_publicity(
            plan_id=PLAN, publicity_on=PUBLICITY_ON, now=at(PUBLICITY_ON)
        )
        assert opened == 1
        sequence(now=at(PUBLICITY_ON))
        return self

    def objected_to(
        self, by: Somebody = FEI, *, at_: datetime | None = None, reason: str = "began_earlier"
    ) -> str:
        return actions.object_to_claim(
            login_id=login(by),
            claim_ref=self.ref,
            reason_code=reason,
            text="听说他早就有病",
            now=at_ or at(PUBLICITY_ON, days=1),
        )

    def answered(self, objection: str, outcome: str, *, now: datetime) -> Story:
        """Hao answers and Lin confirms."""
        decision = actions.answer_objection(
            login_id=login(HAO),
            objection_ref=objection,
            outcome=outcome,
            reason="病历显示首次确诊在等待期后",
            now=now,
        )
        actions.confirm_decision(login_id=login(LIN), decision_id=decision, now=now)
        return self

    def decision(self, kind: str) -> Decision:
        return self.claim.decisions.filter(kind=kind).latest("id")


def at(on: date, *, days: int = 0, hour: int = 0) -> datetime:
    """An hour of a civil day of Shanghai, `days` later."""
    midnight = datetime(on.year, on.month, on.day, tzinfo=UTC) - timedelta(hours=8)
    return midnight + timedelta(days=days, hours=hour)


def login(somebody: Somebody) -> int:
    """The id of their login."""
    return society.signed_in(somebody).id


def begun() -> Story:
    """Everybody is there: Ana and Fei are members, the staff has its logins; nothing claimed."""
    society.running()
    for staff in (HAO, LIN, YUE, TAN):
        society.signed_in(staff)
    society.joined(FEI)
    return Story(society.joined(ANA))
