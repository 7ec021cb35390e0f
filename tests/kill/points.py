"""Every place at which a stage may be killed, as the code has them; the tests kill at each.

Who adds a `reach("…")` adds its name here. `found` reads the names from the code.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import sameboat

PACKAGE = Path(sameboat.__file__).parent
PLACES = ("settlement", "payments", "members", "claims", "record", "books", "identity", "plans")
"""The packages that are searched for fail points."""

POINTS = (
    "claims.tell.mark",
    "claims.tell.sent",
    "claims.tell.up_to",
    "members.close_day.aged_out",
    "members.close_day.before_commit",
    "members.close_day.before_entry",
    "members.close_day.before_row",
    "members.end_aged_out.before_update",
    "members.tell.mark",
    "members.tell.sent",
    "members.tell.up_to",
    "payments.answer.differs",
    "payments.bear.books",
    "payments.bear.fact",
    "payments.bear.rows",
    "payments.close_cycle.confirm",
    "payments.close_cycle.ended",
    "payments.close_cycle.failed",
    "payments.close_cycle.mark",
    "payments.closing.fact",
    "payments.closing.owed",
    "payments.closing.refunds",
    "payments.closing.row",
    "payments.collect.agrees",
    "payments.collect.answered",
    "payments.collect.asked",
    "payments.collect.batches",
    "payments.collect.books",
    "payments.collect.confirm",
    "payments.collect.draft",
    "payments.collect.file",
    "payments.collect.late_confirm",
    "payments.collect.mark",
    "payments.collect.paused",
    "payments.collect.repaid",
    "payments.collect.sent",
    "payments.collect.unpaid",
    "payments.finish.period",
    "payments.notify.begun",
    "payments.notify.end",
    "payments.notify.moved",
    "payments.notify.sent",
    "payments.notify.up_to",
    "payments.pay_out.advance",
    "payments.pay_out.arrears",
    "payments.pay_out.arrears_books",
    "payments.pay_out.arrears_collected",
    "payments.pay_out.arrears_confirm",
    "payments.pay_out.asked",
    "payments.pay_out.begun",
    "payments.pay_out.books",
    "payments.pay_out.cancelled",
    "payments.pay_out.claim",
    "payments.pay_out.ended",
    "payments.pay_out.failed",
    "payments.pay_out.paid",
    "payments.pay_out.payout",
    "payments.pay_out.released",
    "payments.pay_out.sent",
    "payments.reconcile.day",
    "payments.reconcile.differences",
    "payments.reconcile.settled",
    "payments.recovery.sent",
    "payments.recovery.told",
    "payments.refund.advance",
    "payments.refund.agrees",
    "payments.refund.amount",
    "payments.refund.answered",
    "payments.refund.asked",
    "payments.refund.batch",
    "payments.refund.books",
    "payments.refund.fact",
    "payments.refund.owed",
    "payments.refund.paid",
    "payments.refund.payers",
    "payments.refund.row",
    "payments.refund.sent",
    "payments.refund.taken",
    "payments.retry.amount",
    "payments.retry.batch",
    "payments.retry.taken",
    "payments.retry_payout.audit",
    "payments.retry_payout.row",
    "payments.unborne.books",
    "payments.unborne.fact",
    "payments.waive.books",
    "payments.waive.entry",
    "payments.waive.mark",
    "payments.waive.period",
    "payments.warn.mark",
    "payments.warn.sent",
    "payments.warn.up_to",
    "record.sequence.before_checkpoint",
    "record.sequence.before_commit",
    "settlement.announce.mark",
    "settlement.announce.period",
    "settlement.certify.books",
    "settlement.certify.claims",
    "settlement.certify.classes",
    "settlement.certify.entry",
    "settlement.certify.group",
    "settlement.certify.group_count",
    "settlement.certify.key",
    "settlement.certify.leaves_draft",
    "settlement.certify.leaves_file",
    "settlement.certify.mark",
    "settlement.certify.nodes_draft",
    "settlement.certify.nodes_file",
    "settlement.certify.period",
    "settlement.close.claims",
    "settlement.close.entry",
    "settlement.close.finalise",
    "settlement.close.mark",
    "settlement.close.money_facts",
    "settlement.close.period",
    "settlement.close.recoveries",
    "settlement.lock.mark",
    "settlement.lock.period",
    "settlement.lock.publicity",
    "settlement.money_fact.entry",
    "settlement.money_fact.row",
    "settlement.recovery.books",
    "settlement.recovery.claim",
    "settlement.recovery.fact",
    "settlement.recovery.row",
    "settlement.share.debits_draft",
    "settlement.share.debits_file",
    "settlement.share.held",
    "settlement.share.left",
    "settlement.share.mark",
    "settlement.share.period",
    "settlement.share.reduced",
    "settlement.share.shares_draft",
    "settlement.share.shares_file",
    "settlement.share.unfunded",
    "settlement.snapshot.draft",
    "settlement.snapshot.file",
    "settlement.snapshot.mark",
    "settlement.snapshot.period",
)


def found() -> list[str]:
    """The names in the code, in the order of the alphabet; one written twice stands twice."""
    sources = (path for name in PLACES for path in sorted((PACKAGE / name).rglob("*.py")))
    return sorted(name for path in sources for name in names_in(path.read_text(encoding="utf-8")))


def names_in(source: str) -> Iterator[str]:
    """The names of the fail points in a module; each is a literal, or it could not be listed."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and called(node) == "reach":
            (name,) = node.args
            assert isinstance(name, ast.Constant) and isinstance(name.value, str), (
                f"line {node.lineno}: give reach() its name as a literal, so that it can be listed"
            )
            yield name.value


def called(call: ast.Call) -> str:
    """The last part of what is called: `reach` of `failpoints.reach(…)`."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""
