"""Closed lists of what staff and members may give as a reason, each with its words for pages.

The code stands on the record; the words that somebody adds in their own language are sealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from sameboat.rules.terms import Text


class Acting(StrEnum):
    """Why a representative acts for the member."""

    UNCONSCIOUS = "unconscious"
    DEAD = "dead"
    CHILD = "child"
    UNABLE = "unable"


class AskReason(StrEnum):
    """Why more evidence is asked for."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    INCOMPLETE = "incomplete"
    CONTRADICTORY = "contradictory"


class Finding(StrEnum):
    """What an investigator found. Investigators report; they do not decide."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    INCONCLUSIVE = "inconclusive"


class DeclineReason(StrEnum):
    """Why a claim is declined; the clause says under which rule."""

    NOT_COVERED = "not_covered"
    IN_WAITING_PERIOD = "in_waiting_period"
    NOT_LISTED = "not_listed"
    NOT_PROVEN = "not_proven"
    CONCEALED = "concealed"
    FORGED = "forged"
    TOO_LATE = "too_late"


class RecallReason(StrEnum):
    """Why a proposal is taken back before it is published."""

    NEW_EVIDENCE = "new_evidence"
    MISTAKE = "mistake"


class ReopenReason(StrEnum):
    """Why a decided claim is looked at again."""

    FRAUD = "fraud"
    COURT = "court"
    BOARD = "board"


class ObjectionReason(StrEnum):
    """What a member doubts about a published case."""

    BEGAN_EARLIER = "began_earlier"
    NOT_ILL = "not_ill"
    CONCEALED = "concealed"
    OTHER_PERSON = "other_person"
    FORGED = "forged"
    OTHER = "other"


class Answer(StrEnum):
    """How an objection is answered."""

    DISMISSED = "dismissed"
    UPHELD = "upheld"


WORDS: Mapping[StrEnum, Text] = {
    Acting.UNCONSCIOUS: Text(zh="昏迷或无意识", en="Unconscious or in a coma"),
    Acting.DEAD: Text(zh="已身故", en="Has died"),
    Acting.CHILD: Text(zh="未成年", en="Is a child"),
    Acting.UNABLE: Text(zh="因其他原因无法自行办理", en="Cannot act for another reason"),
    AskReason.MISSING: Text(zh="缺少材料", en="A document is missing"),
    AskReason.UNREADABLE: Text(zh="材料看不清", en="A document cannot be read"),
    AskReason.INCOMPLETE: Text(zh="材料不完整", en="A document is incomplete"),
    AskReason.CONTRADICTORY: Text(zh="材料互相矛盾", en="Documents contradict each other"),
    Finding.CONFIRMED: Text(zh="属实", en="Confirmed"),
    Finding.CONTRADICTED: Text(zh="不属实", en="Contradicted"),
    Finding.INCONCLUSIVE: Text(zh="无法查实", en="Inconclusive"),
    DeclineReason.NOT_COVERED: Text(zh="患病时不在保障中", en="Not covered on that day"),
    DeclineReason.IN_WAITING_PERIOD: Text(
        zh="在等待期内患病", en="The illness began in the waiting period"
    ),
    DeclineReason.NOT_LISTED: Text(zh="不在病种列表中", en="The illness is not on the list"),
    DeclineReason.NOT_PROVEN: Text(zh="材料不足以证明", en="The documents do not prove it"),
    DeclineReason.CONCEALED: Text(zh="加入时隐瞒病情", en="An illness was concealed at joining"),
    DeclineReason.FORGED: Text(zh="材料不实", en="A document is not genuine"),
    DeclineReason.TOO_LATE: Text(zh="超过申请期限", en="Filed after the deadline"),
    RecallReason.NEW_EVIDENCE: Text(zh="出现新的材料", en="New evidence came in"),
    RecallReason.MISTAKE: Text(zh="审核有误", en="The assessment had a mistake"),
    ReopenReason.FRAUD: Text(zh="查实欺诈", en="Fraud was proven"),
    ReopenReason.COURT: Text(zh="法院裁判", en="A court decided"),
    ReopenReason.BOARD: Text(zh="赔审团要求", en="The board asks for it"),
    ObjectionReason.BEGAN_EARLIER: Text(
        zh="加入前或等待期内已患病", en="The illness began before cover"
    ),
    ObjectionReason.NOT_ILL: Text(zh="病情与所述不符", en="The illness is not as stated"),
    ObjectionReason.CONCEALED: Text(zh="加入时隐瞒病情", en="An illness was concealed at joining"),
    ObjectionReason.OTHER_PERSON: Text(zh="不是本人患病", en="Somebody else is ill"),
    ObjectionReason.FORGED: Text(zh="材料不实", en="A document is not genuine"),
    ObjectionReason.OTHER: Text(zh="其他", en="Another reason"),
    Answer.DISMISSED: Text(zh="不成立", en="Dismissed"),
    Answer.UPHELD: Text(zh="成立", en="Upheld"),
}
