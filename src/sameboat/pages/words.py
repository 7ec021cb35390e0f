"""Words for codes, in the language of the page: kinds of documents, states, entries, reasons.

The codes stand on the record and in the rulebooks; people read these.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EVIDENCE: Mapping[str, Promise] = {
    "identity": _("Identity document"),
    "diagnosis": _("Diagnosis certificate"),
    "pathology": _("Pathology report"),
    "medical_record": _("Medical record"),
    "bill": _("Hospital bill"),
    "accident_report": _("Accident report"),
    "death_certificate": _("Death certificate"),
    "authority": _("Proof of authority (of a child: birth certificate or household register)"),
    "other": _("Another document"),
}
CLAIM_STATE: Mapping[str, Promise] = {
    "DRAFT": _("Draft, not on the record yet"),
    "COLLECTING": _("Collecting documents"),
    "SEALED": _("Handed in, being assessed"),
    "INVESTIGATION": _("Being investigated"),
    "REPORTED": _("Investigated, waiting for a decision"),
    "PROPOSED": _("Aid proposed, waiting for publicity"),
    "PUBLISHED": _("Shown to the members"),
    "BOARD": _("Waiting for the review board"),
    "ACCEPTED": _("Accepted, to be shared"),
    "SETTLED": _("Shared, to be paid out"),
    "PAID": _("Paid out"),
    "DECLINED": _("Declined"),
    "WITHDRAWN": _("Withdrawn"),
}
ENTRY: Mapping[str, Promise] = {
    "claim.open": _("The claim was opened"),
    "claim.device": _("A device was named for the claim"),
    "evidence.add": _("A document was added"),
    "evidence.seal": _("The claim was handed in"),
    "evidence.ask": _("More documents were asked for"),
    "evidence.supplement": _("A further document was added"),
    "invest.assign": _("An investigator was assigned"),
    "invest.report": _("The investigator reported"),
    "decision.propose": _("Two people proposed the aid"),
    "decision.recall": _("The proposal was taken back"),
    "decision.decline": _("Two people declined the claim"),
    "publicity.open": _("The case was shown to the members"),
    "objection.add": _("A member objected"),
    "objection.answer": _("An objection was answered"),
    "decision.final": _("The claim was accepted"),
    "appeal.open": _("The claimant appealed to the review board"),
    "board.open": _("The review board was convened"),
    "board.verdict": _("The review board gave its verdict"),
    "claim.withdraw": _("The claim was withdrawn"),
    "period.settle": _("The cost was shared among the members"),
    "payout.confirm": _("The aid was paid out"),
    "claim.reopen": _("The claim was reopened"),
}
SEVERITY: Mapping[str, Promise] = {"severe": _("severe"), "mild": _("mild")}
SEX: Mapping[str, Promise] = {"f": _("female"), "m": _("male")}
RECORD_STATE: Mapping[str, Promise] = {
    "PENDING": _("promised, recorded within 24 hours"),
    "RECORDED": _("on the record"),
    "REFUSED": _("refused by the record"),
}
DEBIT_STATE: Mapping[str, Promise] = {
    "upcoming": _("to be debited"),
    "paid": _("paid"),
    "unpaid": _("not paid"),
    "borne": _("borne by others"),
}
SHARE_STATUS: Mapping[str, Promise] = {
    "shares": _("You share like everybody."),
    "capped": _("You reached a limit of the terms, so you pay less than the others."),
    "waived": _("You were let off this period; the sponsor pays your share."),
    "exempt.waiting": _("You do not share while you wait."),
    "exempt.new": _("You joined after the head count, so you do not share yet."),
    "exempt.aided": _("You were helped, so you do not share."),
}
COVER_STATE: Mapping[str, Promise] = {
    "starting": _("starts tomorrow"),
    "waiting": _("waiting"),
    "unconfirmed": _("not covered: consent missing"),
    "covered": _("covered"),
    "ended": _("ended"),
}
END_REASON: Mapping[str, Promise] = {
    "left": _("left"),
    "aged_out": _("the age limit was reached"),
    "died": _("died"),
    "excluded": _("excluded"),
    "default": _("shares were not paid"),
    "aided": _("was helped once"),
    "waiting_illness": _("fell ill in the waiting period"),
    "plan_ended": _("the plan ended"),
}
DATA_REQUEST: Mapping[str, Promise] = {
    "copy": _("A copy of everything"),
    "correction": _("A correction"),
    "erasure": _("Erasure"),
    "reasons": _("Reasons, and a human"),
}
DATA_STATE: Mapping[str, Promise] = {
    "OPEN": _("being worked on"),
    "PROPOSED": _("a second person looks"),
    "READY": _("can be fetched"),
    "ERASING": _("being erased"),
    "DONE": _("done"),
    "DECLINED": _("not accepted"),
    "WITHDRAWN": _("taken back"),
    "EXPIRED": _("time is over"),
}
