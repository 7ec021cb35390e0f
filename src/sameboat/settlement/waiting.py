"""What a stage of a period waits for: a closed list, as codes for programs and in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from sameboat.runtime.refusals import Language, Refusal


class Wait(StrEnum):
    """Why a stage of settlement or of payments cannot run now."""

    ANOTHER_PERIOD = "another_period"
    DAY_NOT_BEGUN = "day_not_begun"
    LATER = "later"
    """The stage before it has no end mark: that one says what it waits for."""
    STAGE_DONE = "stage_done"
    DAY_BEFORE_OPEN = "day_before_open"
    """`members.day` of the day before the lock is not written."""
    PUBLICITY = "publicity"
    PERIOD_BEFORE = "period_before"
    NOT_RECORDED = "not_recorded"
    ANNOUNCED = "announced"
    NOT_ANNOUNCED = "not_announced"
    DONE = "done"
    NOBODY_CHARGED = "nobody_charged"
    PLAN_GOES_ON = "plan_goes_on"
    """No end of the plan lets anybody off this period."""
    TOLD = "told"
    DEBIT_DAY = "debit_day"
    NOT_TOLD = "not_told"
    COLLECTED = "collected"
    NOT_COLLECTED = "not_collected"
    NOTHING_TO_RETRY = "nothing_to_retry"
    RETRIES_GO_ON = "retries_go_on"
    RETRY_UNANSWERED = "retry_unanswered"
    CYCLE_CLOSED = "cycle_closed"
    CYCLE_OPEN = "cycle_open"
    PAYOUT_DAY = "payout_day"
    NOTHING_TO_PAY = "nothing_to_pay"
    AID_UNPAID = "aid_unpaid"
    GATEWAY_RESTS = "gateway_rests"
    """It does not answer; it is asked again by itself."""

    def sentence(self, language: Language) -> str:
        """The words that complete "not due: …"."""
        en, zh = _SENTENCES[self]
        return zh if language == "zh" else en


_SENTENCES: Mapping[Wait, tuple[str, str]] = MappingProxyType(
    {
        Wait.ANOTHER_PERIOD: ("another period is next", "应先处理另一期"),
        Wait.DAY_NOT_BEGUN: ("the day has not begun", "当日尚未开始"),
        Wait.LATER: ("after the stage before it", "在上一阶段之后"),
        Wait.STAGE_DONE: ("it is done already", "该阶段已完成"),
        Wait.DAY_BEFORE_OPEN: ("the day before is not closed yet", "前一日尚未结清"),
        Wait.PUBLICITY: ("publicity is not over", "公示尚未结束"),
        Wait.PERIOD_BEFORE: ("the period before is not settled", "上一期尚未结算"),
        Wait.NOT_RECORDED: ("the settlement is not on the record yet", "结算尚未存证"),
        Wait.ANNOUNCED: ("the period is announced", "本期已公布"),
        Wait.NOT_ANNOUNCED: ("the period is not announced", "本期尚未公布"),
        Wait.DONE: ("the period is done", "本期已完成"),
        Wait.NOBODY_CHARGED: ("nobody is charged", "无人需要扣款"),
        Wait.PLAN_GOES_ON: ("only when the plan ends", "仅在计划终止时"),
        Wait.TOLD: ("everybody was told", "已全部通知"),
        Wait.DEBIT_DAY: ("the debit day has not come", "尚未到扣款日"),
        Wait.NOT_TOLD: ("the payers were not told yet", "尚未通知付款人"),
        Wait.COLLECTED: ("the first collection is answered", "首次扣款已有结果"),
        Wait.NOT_COLLECTED: ("the first collection is not answered", "首次扣款尚无结果"),
        Wait.NOTHING_TO_RETRY: (
            "there is nothing to try again today",
            "今天没有需要重试的扣款",
        ),
        Wait.RETRIES_GO_ON: ("retries go on", "仍在重试"),
        Wait.RETRY_UNANSWERED: ("a retry is not answered", "有重试尚无结果"),
        Wait.CYCLE_CLOSED: ("the cycle is closed", "本轮重试已结束"),
        Wait.CYCLE_OPEN: ("the cycle is not closed", "本轮重试尚未结束"),
        Wait.PAYOUT_DAY: ("the day of payouts has not come", "尚未到付款日"),
        Wait.NOTHING_TO_PAY: ("there is nothing to pay out", "没有待付的互助金"),
        Wait.AID_UNPAID: ("an aid is not paid out", "有互助金尚未付出"),
        Wait.GATEWAY_RESTS: (
            "the gateway does not answer and is asked again soon",
            "网关没有应答，稍后将自动重试",
        ),
    }
)


class StageNotDue(Refusal):
    """A stage was asked for before its time, or before the stage that it needs."""

    code = "stage_not_due"
    en = "The stage {stage} of the period of {publicity_on} is not due: {why}."
    zh = "{publicity_on} 分摊期的 {stage} 阶段尚未到期：{why}。"

    def __init__(self, *, stage: str, publicity_on: date, why: Wait) -> None:
        self._why = why
        super().__init__(stage=stage, publicity_on=publicity_on, why=why.value)

    def explain(self, language: Language) -> str:
        """The sentence, with what it waits for in words; programs read the code in `data`."""
        sentence = self.zh if language == "zh" else self.en
        return sentence.format_map({**self.data, "why": self._why.sentence(language)})
