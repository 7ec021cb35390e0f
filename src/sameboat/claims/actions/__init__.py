"""What happens to claims: one verb, one function, grouped by who does it.

`drafting` and `filing` the claimant, `payee`, `evidence` documents, `investigation`, `assessment`
the first person, `confirming` the second, `publicity` the members and the rhythm of periods.
"""

from __future__ import annotations

from sameboat.claims.actions.assessment import (
    decline_claim,
    propose_aid,
    recall_decision,
    reopen_claim,
)
from sameboat.claims.actions.assisting import (
    add_assisted_evidence,
    ask_to_hand_in,
    begin_assistance,
    draft_assisted,
    end_assistance,
    hand_in_assisted,
    open_assistance,
)
from sameboat.claims.actions.confirming import confirm_decision, drop_decision
from sameboat.claims.actions.drafting import (
    draft_claim,
    drop_draft,
    edit_claim,
    take_out_evidence,
)
from sameboat.claims.actions.evidence import add_evidence, ask_evidence
from sameboat.claims.actions.filing import (
    appeal,
    open_claim,
    seal_claim,
    withdraw_claim,
)
from sameboat.claims.actions.holding import hold_refused, release_claim
from sameboat.claims.actions.investigation import assign_investigator, report_investigation
from sameboat.claims.actions.payee import answer_payee, name_payee
from sameboat.claims.actions.payee_change import (
    ask_payee_change,
    confirm_payee_change,
    decide_payee_change,
    stop_payee_change,
    tell_payee_change,
)
from sameboat.claims.actions.publicity import (
    answer_objection,
    finalise,
    mark_paid,
    mark_settled,
    object_to_claim,
    open_publicity,
)
from sameboat.claims.actions.uploads import add_piece, begin_upload, prune_uploads

__all__ = [
    "add_assisted_evidence",
    "add_evidence",
    "add_piece",
    "answer_objection",
    "answer_payee",
    "appeal",
    "ask_evidence",
    "ask_payee_change",
    "ask_to_hand_in",
    "assign_investigator",
    "begin_assistance",
    "begin_upload",
    "confirm_decision",
    "confirm_payee_change",
    "decide_payee_change",
    "decline_claim",
    "draft_assisted",
    "draft_claim",
    "drop_decision",
    "drop_draft",
    "edit_claim",
    "end_assistance",
    "finalise",
    "hand_in_assisted",
    "hold_refused",
    "mark_paid",
    "mark_settled",
    "name_payee",
    "object_to_claim",
    "open_assistance",
    "open_claim",
    "open_publicity",
    "propose_aid",
    "prune_uploads",
    "recall_decision",
    "release_claim",
    "reopen_claim",
    "report_investigation",
    "seal_claim",
    "stop_payee_change",
    "take_out_evidence",
    "tell_payee_change",
    "withdraw_claim",
]
