"""What changes about memberships: joining, ending, coming back, and closing a day."""

from __future__ import annotations

from sameboat.members.actions.adopting import (
    adopt_before_staff,
    adopt_rulebook,
    drop_rulebook,
    propose_rulebook,
)
from sameboat.members.actions.consenting import (
    agree,
    agree_as_if_by_phone,
    agree_by_code,
    ask_consent,
    forget_codes,
    send_consent_code,
)
from sameboat.members.actions.days import close_day, close_days_due
from sameboat.members.actions.deaths import record_death
from sameboat.members.actions.ending import end_aged_out, end_membership, leave
from sameboat.members.actions.joining import join
from sameboat.members.actions.living import tell_living, undo_death
from sameboat.members.actions.payers import take_over
from sameboat.members.actions.relatives import end_relation
from sameboat.members.actions.returning import come_back
from sameboat.members.actions.telling import tell_news
from sameboat.members.actions.transferring import ask_transfer, drop_transfer
from sameboat.members.actions.winding import (
    announce_wind_down,
    drop_wind_down,
    end_small_pool,
    propose_wind_down,
)

__all__ = [
    "adopt_before_staff",
    "adopt_rulebook",
    "agree",
    "agree_as_if_by_phone",
    "agree_by_code",
    "announce_wind_down",
    "ask_consent",
    "ask_transfer",
    "close_day",
    "close_days_due",
    "come_back",
    "drop_rulebook",
    "drop_transfer",
    "drop_wind_down",
    "end_aged_out",
    "end_membership",
    "end_relation",
    "end_small_pool",
    "forget_codes",
    "join",
    "leave",
    "propose_rulebook",
    "propose_wind_down",
    "record_death",
    "send_consent_code",
    "take_over",
    "tell_living",
    "tell_news",
    "undo_death",
]
