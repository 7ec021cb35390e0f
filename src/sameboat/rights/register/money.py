"""Debits, payouts and refunds; and what the machinery keeps for a while."""

from __future__ import annotations

from sameboat.rights.items import Form, Holder, Kept, Purpose
from sameboat.rights.register.making import DELETED, STAYS, item, link, table

MONEY = (
    table(
        "settlement.PeriodClaim",
        "分摊期的申请",
        "Claims of a period",
        Purpose.PAYMENT,
        Kept.MONEY,
        "claim__membership__person",
        link("period claim"),
        item("aid fee", "互助金与管理费", "aid and fee", STAYS, (Holder.RECORD, Holder.MEMBERS)),
    ),
    table(
        "settlement.Recovery",
        "追回",
        "Recoveries",
        Purpose.PAYMENT,
        Kept.MONEY,
        "claim__membership__person",
        link("claim"),
        item(
            "number aid fee owed received written_off decided_at told_at",
            "金额与时间",
            "amounts, and when",
            STAYS,
            (Holder.RECORD,),
        ),
    ),
    table(
        "payments.Payout",
        "付款",
        "Payouts",
        Purpose.PAYMENT,
        Kept.MONEY,
        "claim__membership__person",
        link("claim period"),
        item(
            "key attempt aid arrears state reason prepared_at sent_at paid_at",
            "金额、状态、时间",
            "amounts, state, when",
            STAYS,
            (Holder.PAYMENT_PROVIDER, Holder.RECORD),
        ),
    ),
    table(
        "payments.UnpaidDebit",
        "未成功的扣款",
        "Debits that failed",
        Purpose.PAYMENT,
        Kept.MONEY,
        "household__payer",
        link("period household batch payout"),
        item(
            "amount reason attempts last_attempt_on collected_on failed_cycle borne_by asked"
            " recounted",
            "金额、原因、进展",
            "amount, why, and what became of it",
            STAYS,
            (Holder.PAYMENT_PROVIDER,),
        ),
    ),
    table(
        "payments.Refund",
        "退款",
        "Refunds",
        Purpose.PAYMENT,
        Kept.MONEY,
        "membership__person claim__membership__person",
        link("membership claim batch"),
        item(
            "customer",
            "支付机构所知的代号",
            "the receiver as the payment provider knows them",
            STAYS,
            (Holder.PAYMENT_PROVIDER,),
        ),
        item(
            "kind plan key attempt amount borne_by state reason prepared_at sent_at paid_at",
            "金额、状态、时间",
            "amount, state, when",
            STAYS,
            (Holder.PAYMENT_PROVIDER,),
        ),
    ),
)

MACHINE = (
    table(
        "runtime.IdempotencyKey",
        "请求的答复",
        "Answers to requests",
        Purpose.RUNNING,
        Kept.MONTH,
        "",
        item("body_hash", "请求的哈希", "hash of the request", DELETED, form=Form.HASH),
        item("scope key verb created_at", "谁的请求、何时", "whose request, when", DELETED),
        item("answer", "答复：只有代号和金额", "the answer: references and amounts", DELETED),
    ),
    table(
        "gateways.SandboxMessage",
        "演示用短信",
        "Messages of a demonstration",
        Purpose.SIGN_IN,
        Kept.MONTH,
        "",
        item("recipient_index", "手机号索引", "finds the messages of a phone", DELETED),
        item("digest", "内容的哈希", "hash of the content", DELETED, form=Form.KEYED_HASH),
        item("sealed", "手机号和内容", "phone number and content", DELETED),
        item("key template language sent_at", "模板、时间", "template, when", DELETED),
    ),
)
