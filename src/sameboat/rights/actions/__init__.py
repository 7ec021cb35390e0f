"""What people ask about their data, and what is done about it."""

from __future__ import annotations

from sameboat.rights.actions.asking import tell, withdraw_request
from sameboat.rights.actions.codes import prove, send_code
from sameboat.rights.actions.consenting import give_consent, revoke_consent
from sameboat.rights.actions.copying import ask_copy, drop_copies, fetch_copy, make_copy
from sameboat.rights.actions.correcting import (
    answer_request,
    ask_correction,
    ask_reasons,
    confirm_answer,
)
from sameboat.rights.actions.erasing import ask_erasure, erase, erase_due, forget_marks
from sameboat.rights.actions.holding import lift_hold, set_hold

__all__ = [
    "answer_request",
    "ask_copy",
    "ask_correction",
    "ask_erasure",
    "ask_reasons",
    "confirm_answer",
    "drop_copies",
    "erase",
    "erase_due",
    "fetch_copy",
    "forget_marks",
    "give_consent",
    "lift_hold",
    "make_copy",
    "prove",
    "revoke_consent",
    "send_code",
    "set_hold",
    "tell",
    "withdraw_request",
]
