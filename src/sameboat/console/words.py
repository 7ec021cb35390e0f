"""Codes as staff read them: what is to be done, results of checks, roles, stages of a period.

Words that members read too are in `pages.words`. A code without words is shown as it is: nothing
is hidden for want of a translation.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sameboat.pages import words as shared

Words = Mapping[str, Promise]

WAITS_FOR: Words = {
    "assign": _("Send an investigator"),
    "investigate": _("Investigate and report"),
    "decide": _("Decide first"),
    "confirm": _("Confirm as the second person"),
    "answer_objection": _("Answer an objection"),
    "await_evidence": _("Wait for documents"),
    "on_hold": _("On hold: the record refused an entry"),
    "change_payee": _("Another payee was asked for"),
    "appeal_waits": _("Appeal: waits for the board"),
}
DECISION: Words = {
    "propose": _("Propose the aid"),
    "decline": _("Decline"),
    "recall": _("Take the proposal back"),
    "reopen": _("Reopen"),
    "dismiss": _("Dismiss the objection"),
    "uphold": _("Uphold the objection"),
}
OUTCOME: Words = {
    "pass": _("In order"),
    "fail": _("Speaks against it"),
    "attention": _("Look at this"),
}
OUTCOME_STYLE = {"pass": "good", "fail": "bad", "attention": "warm"}
CHECK: Words = {
    "covered": _("Covered"),
    "waiting": _("Waiting period"),
    "listed": _("Illness on the list"),
    "benefit": _("Benefit row"),
    "report_deadline": _("Time to file"),
    "accident_death": _("Death after an accident"),
    "same_file": _("Same file elsewhere"),
    "same_payee": _("Same payee elsewhere"),
    "same_phone": _("Same phone elsewhere"),
    "soon_after_waiting": _("Soon after the waiting period"),
    "authority": _("Authority of the representative"),
}
ROLE: Words = {
    "case_handler": _("Case handler"),
    "second_decider": _("Second decider"),
    "supervisor": _("Supervisor"),
    "insurer": _("Insurer"),
    "investigator": _("Investigator"),
    "finance": _("Finance"),
    "plan_designer": _("Plan designer"),
    "auditor": _("Auditor"),
    "children": _("Children's data"),
    "integrator": _("Integrator"),
}
PERIOD: Words = {
    "LOCKED": _("In publicity"),
    "CLOSED": _("Claims fixed"),
    "SETTLED": _("Share computed"),
    "ANNOUNCED": _("Announced"),
    "DONE": _("Done"),
}
STAGE: Words = {
    "lock": _("Lock: fix who shares"),
    "snapshot": _("Snapshot of the members"),
    "close": _("Close: fix the claims"),
    "share": _("Compute the share"),
    "certify": _("Certificates and the record's entry"),
    "announce": _("Announce"),
    "waive": _("Let off, as the plan ends"),
    "notify": _("Tell every payer"),
    "collect": _("Collect"),
    "warn": _("Tell whose debit failed"),
    "retry": _("Try failed debits again"),
    "close_cycle": _("End of retries"),
    "pay_out": _("Pay the aid out"),
    "finish": _("Finish"),
}
PAYMENT: Words = {
    "PREPARED": _("Prepared"),
    "SENT": _("With the gateway"),
    "ANSWERED": _("Answered"),
    "PAID": _("Paid"),
    "FAILED": _("Failed"),
    "RETURNED": _("Returned"),
    "CANCELLED": _("Cancelled: the claim was reopened"),
}
DIFFERENCE: Words = {
    "missing_in_books": _("Not in our books"),
    "missing_at_gateway": _("Not at the gateway"),
    "amount_differs": _("The amounts differ"),
    "answer_differs": _("The answer does not add up"),
    "repayment": _("Aid was given back"),
    "write_off": _("Aid will not come back"),
}
RESOLUTION: Words = {
    "explained": _("It is explained: nothing is booked"),
    "operator": _("The operator takes or bears it"),
    "recount": _("Take the gateway's list of who paid"),
    "pay_again": _("Pay the returned aid out again"),
    "repayment": _("Enter the repayment"),
    "write_off": _("Write it off: the operator bears it"),
}
REFUND: Words = {
    "waiting_illness": _("Shares given back after an illness in the waiting period"),
    "declined": _("Shares given back after a claim was declined"),
    "closing": _("Shares given back at the end of the plan"),
    "paid_twice": _("A share that was paid twice"),
    "returned_aid": _("Aid that came back from the bank"),
}
GATEWAY: Words = {
    "payment": _("Payment gateway"),
    "statements": _("Statements of the payment gateway"),
    "messaging": _("Messaging gateway"),
}
ACCOUNT: Words = {
    "members": _("Owed by members"),
    "gateway": _("At the payment gateway"),
    "sponsor": _("Owed by the sponsor"),
    "clawback": _("Aid to be given back"),
    "reclaimed": _("Aid to be given back, for the members"),
    "claimants": _("Aid not paid out yet"),
    "carry": _("Carried over"),
    "advance": _("Advanced by the operator"),
    "refunds": _("To be refunded"),
    "fee": _("Operator's fee"),
    "extra": _("Other cost and relief"),
}
ACCOUNT_KIND: Words = {
    "asset": _("asset"),
    "liability": _("liability"),
    "income": _("income"),
    "expense": _("expense"),
}
TABLE: Words = {
    "balance": _("Trial balance"),
    "journal": _("Journal"),
    "periods": _("Periods"),
    "claims": _("Settled claims"),
    "money_facts": _("Money facts on the record"),
    "unpaid": _("Unpaid debits"),
    "payouts": _("Payouts"),
    "refunds": _("Refunds"),
    "recoveries": _("Aid to be given back"),
    "differences": _("Differences"),
}
VERB: Words = {
    "claim.view": _("looked at a claim"),
    "claim.view_evidence": _("looked at a document"),
    "claim.ask_evidence": _("asked for documents"),
    "claim.assign": _("sent an investigator"),
    "claim.report": _("reported an investigation"),
    "claim.propose": _("proposed the aid"),
    "claim.decline": _("proposed to decline"),
    "claim.recall": _("proposed to take a proposal back"),
    "claim.reopen": _("proposed to reopen"),
    "claim.dismiss": _("proposed to dismiss an objection"),
    "claim.uphold": _("proposed to uphold an objection"),
    "claim.confirm_propose": _("confirmed the aid"),
    "claim.confirm_decline": _("confirmed a decline"),
    "claim.confirm_recall": _("confirmed taking a proposal back"),
    "claim.confirm_reopen": _("confirmed a reopening"),
    "claim.confirm_dismiss": _("confirmed dismissing an objection"),
    "claim.confirm_uphold": _("confirmed upholding an objection"),
    "claim.drop": _("dropped a decision"),
    "claim.release": _("put a claim on hold back"),
    "member.search": _("searched for a member"),
    "data.hold": _("set a hold"),
    "data.lift_hold": _("lifted a hold"),
    "data.answer": _("answered a data request"),
    "data.confirm": _("confirmed such an answer"),
    "plan.propose_end": _("proposed the end of a plan"),
    "plan.announce_end": _("announced the end of a plan"),
    "plan.drop_end": _("dropped the proposed end of a plan"),
    "plan.propose_version": _("proposed new terms"),
    "plan.adopt_version": _("adopted new terms"),
    "plan.drop_version": _("dropped proposed terms"),
    "payout.retry": _("sent a payout again"),
    "refund.retry": _("sent a refund again"),
    "difference.propose": _("proposed how to mend a difference"),
    "difference.confirm": _("confirmed how a difference is mended"),
    "difference.drop": _("dropped a proposal about a difference"),
    "books.export": _("took the books out"),
    "period.advance": _("ran what was due"),
    "webhook.set_up": _("set up a webhook"),
    "webhook.rotate": _("gave a webhook a new secret"),
    "webhook.remove": _("removed a webhook"),
    "webhook.start": _("started a webhook again"),
    "webhook.again": _("sent a message again"),
    "token.grant": _("let a program in"),
    "token.end": _("ended a program's access"),
    "staff.grant": _("was given a role"),
    "staff.revoke": _("lost a role"),
    "staff.renew": _("got a new password and second factor"),
    "staff.retire": _("was retired"),
}
STOPPED: Words = {
    "failing": _("stopped: it does not answer"),
    "gone": _("stopped: the receiver is gone"),
}
DELIVERY: Words = {
    "WAITS": _("waits"),
    "TAKEN": _("taken"),
    "GIVEN_UP": _("given up"),
}
FAULT: Words = {
    "address": _("the address leads nowhere, or into no public network"),
    "connection": _("nobody is there"),
    "trust": _("the certificate is not that of the name"),
    "time": _("it took too long"),
    "answer": _("no answer that can be read"),
}
SUBJECTS: Mapping[str, Words] = {
    "stopped": STOPPED,
    "fault": FAULT,
    "delivery": DELIVERY,
    "state": shared.CLAIM_STATE,
    "todo": WAITS_FOR,
    "decision": DECISION,
    "entry": shared.ENTRY,
    "kind": shared.EVIDENCE,
    "severity": shared.SEVERITY,
    "outcome": OUTCOME,
    "check": CHECK,
    "recorded": shared.RECORD_STATE,
    "role": ROLE,
    "period": PERIOD,
    "stage": STAGE,
    "payment": PAYMENT,
    "difference": DIFFERENCE,
    "resolution": RESOLUTION,
    "refund": REFUND,
    "gateway": GATEWAY,
    "account": ACCOUNT,
    "account_kind": ACCOUNT_KIND,
    "table": TABLE,
    "verb": VERB,
    "ended": shared.END_REASON,
}


def words(code: str, subject: str) -> str:
    """The words for `code` in the reader's language."""
    return str(SUBJECTS[subject].get(code, code))
