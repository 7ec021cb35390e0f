"""Living the stories of claims through the API: families file, staff assess, members object."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from sameboat.simulation.client import Client, Object
from sameboat.simulation.pictures import SAY_WHO, paper
from sameboat.simulation.stories import Story

CONSENTS = ("health_data", "publication")
WAITING_CLAUSE, EVIDENCE_CLAUSE = "waiting.days", "claims.evidence_required"
ASKED_DAYS = 10


@dataclass
class Case:
    """One story as it goes: what has been filed, and who files and objects."""

    story: Story
    payer: Client
    phone: str
    membership_ref: str
    person_ref: str
    payee: str
    """Who receives the aid, by name."""
    objector: Callable[[], Client]
    ref: str = ""
    decision: int = 0
    objection: str = ""


@dataclass
class Office:
    """The staff: `desk` signs somebody in by the name of the login, anew after each long jump."""

    desk: Callable[[str], Client]
    investigator_id: int = field(default=0)

    def assign(self, cases: Iterable[Case], today: date) -> None:
        """The insurer sends an investigator; the case handler asks for what is missing."""
        for case in cases:
            course = case.story.course
            if course.asked:
                self.desk("handler").ask_evidence(
                    case.ref,
                    kinds=["medical_record"],
                    reason_code="missing",
                    due_on=today + timedelta(days=ASKED_DAYS),
                )
            if course.assigned:
                insurer = self.desk("insurer")
                self.investigator_id = self.investigator_id or insurer.investigators()[0]["id"]
                insurer.assign(case.ref, investigator_id=self.investigator_id)

    def decide(self, cases: Iterable[Case]) -> None:
        """The investigator reports, the case handler proposes, the second one confirms."""
        for case in cases:
            course = case.story.course
            if course.asked and course.supplied:
                _supply(case)
            if course.decision == "withdraw":
                case.payer.withdraw_claim(case.ref)
                continue
            if course.reported:
                self._report(case)
            if course.decision:
                case.decision = self._decision(case)
            if course.decision and course.confirmed:
                self.desk("second").confirm(case.decision)

    def answer(self, cases: Iterable[Case]) -> None:
        """Members object to what was published; the office answers, or leaves it open."""
        for case in cases:
            course = case.story.course
            if not course.objected:
                continue
            case.objection = case.objector().object_to(
                case.ref,
                reason_code="began_earlier",
                text="听说加入之前就已经看过病，请核实首次就诊的时间。",
            )
            if not course.answer:
                continue
            upheld = course.answer == "upheld"
            case.decision = self.desk("handler").answer_objection(
                case.objection,
                outcome=course.answer,
                reason="查得加入前已有就诊记录。"
                if upheld
                else "已向医院核实，首次就诊在加入之后。",
            )
            if course.answer_confirmed:
                self.desk("second").confirm(case.decision)

    def decline_upheld(self, cases: Iterable[Case]) -> None:
        """After an objection that was right the claim is declined."""
        for case in cases:
            if case.story.course.answer == "upheld":
                case.decision = self.desk("handler").decline(
                    case.ref,
                    clause="joining.questions",
                    reason_code="concealed",
                    reason="加入前已有就诊记录，加入时未如实告知。",
                )
                self.desk("second").confirm(case.decision)

    def _report(self, case: Case) -> None:
        is_sound = case.story.course.decision in ("propose", "")
        self.desk("investigator").report(
            case.ref,
            finding="confirmed" if is_sound else "contradicted",
            report="走访医院，调阅病历，" + ("与申请相符。" if is_sound else "与申请不符。"),
        )

    def _decision(self, case: Case) -> int:
        handler = self.desk("handler")
        if case.story.course.decision == "propose":
            seen: Object = handler.staff_claim(case.ref)
            row = next(row for row in seen["rows"] if row["severity"] == "severe")
            return handler.propose(case.ref, benefit_row=row["id"], reason="材料齐全，调查属实。")
        waiting = case.story.course.decision == "decline_waiting"
        return handler.decline(
            case.ref,
            clause=WAITING_CLAUSE if waiting else EVIDENCE_CLAUSE,
            reason_code="in_waiting_period" if waiting else "not_proven",
            reason="确诊在等待期内。" if waiting else "所交材料不能证明所患疾病，医院查无此病历。",
        )


def file(case: Case) -> None:
    """Draft, open, send the documents, agree, and hand in."""
    story, cause = case.story, case.story.cause
    case.ref = case.payer.draft_claim(
        membership_ref=case.membership_ref,
        illness=cause.number,
        severity="severe",
        accident=cause.accident,
        diagnosed_on=story.diagnosed_on,
        hospital=cause.hospital,
        statement=cause.words,
        payee_name=case.payee,
        payee_phone=case.phone,
    )
    case.payer.open_claim(case.ref)
    kinds = ["identity", "diagnosis", "accident_report" if cause.accident else "medical_record"]
    for kind in kinds[: 3 if story.course.sealed else 1]:
        _send(case, kind)
    if story.human.relation == "child":
        # The household register: with the first claim a guardian shows that they are one.
        _send(case, "authority")
    for purpose in CONSENTS:
        case.payer.consent(case.person_ref, purpose=purpose)
    if story.course.sealed:
        case.payer.seal_claim(case.ref)


def appeal(case: Case) -> None:
    """Ask for the board after a decline."""
    case.payer.appeal(case.ref, text="病历在搬迁时遗失，现已补开证明，请赔审团重新审理。")


def _supply(case: Case) -> None:
    _send(case, "pathology")
    _send(case, "medical_record", again="2")


def _send(case: Case, kind: str, *, again: str = "") -> None:
    story = case.story
    lines = {
        "医院 Hospital": story.cause.hospital,
        "诊断 Diagnosis": story.cause.words,
        "日期 Date": story.diagnosed_on.isoformat(),
        "编号 No.": f"{case.ref[:10]}{again}",
    }
    content = paper(kind, story.human, {} if kind in SAY_WHO else lines)
    case.payer.add_evidence(case.ref, kind=kind, content=content, filename=f"{kind}.jpg")
