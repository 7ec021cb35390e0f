"""How far a period is, from the lock to the last payout, as the pages and the API tell it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sameboat.payments import agenda
from sameboat.payments.models import DebitNotice
from sameboat.settlement import queries as settled
from sameboat.settlement.models import Period, StageMark
from sameboat.settlement.waiting import Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLine:
    """One stage of a period: when it was done, or why it cannot run yet."""

    stage: str
    done_at: datetime | None
    why_not: str
    """Empty when it is due now."""


def stages_of(period: Period, now: datetime, language: Literal["zh", "en"]) -> list[StageLine]:
    """Every stage in its order, those of the settlement first."""
    done = dict(StageMark.objects.filter(period=period).values_list("stage", "done_at"))
    # The notices have a row of their own, which says how far they are.
    told = DebitNotice.objects.filter(period=period, sent_at__isnull=False).first()
    if told is not None and told.sent_at is not None:
        done["notify"] = told.sent_at

    def line(stage: str, why_not_due: Callable[[Period, str, datetime], Wait | None]) -> StageLine:
        done_at, wait = done.get(stage), why_not_due(period, stage, now)
        why_not = "" if done_at or wait is None else wait.sentence(language)
        return StageLine(stage=stage, done_at=done_at, why_not=why_not)

    return [line(stage, settled.why_not_due) for stage in settled.ORDER] + [
        line(stage, agenda.why_not_due) for stage in agenda.STAGES
    ]
