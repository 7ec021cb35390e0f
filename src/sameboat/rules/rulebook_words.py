"""The keys of a rulebook in words: what each is about, and whom a change of it concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sameboat.rules.terms import Text

EVERYBODY = Text(zh="所有成员", en="Every member")
JOINING = Text(zh="想加入的人", en="Who wants to join")
WAITING = Text(zh="等待期内的成员", en="Members in their waiting period")
PAYERS = Text(zh="付款人", en="Payers")
CLAIMANTS = Text(zh="申请互助的人", en="Who asks for aid")
JURORS = Text(zh="赔审员", en="Jurors")
OWING = Text(zh="扣款失败的成员", en="Members whose debits fail")


@dataclass(frozen=True, slots=True)
class KeyWords:
    """A key in words."""

    whom: Text
    what: Text
    unit: Text


def _of(whom: Text, zh: str, en: str, unit_zh: str = "", unit_en: str = "") -> KeyWords:
    return KeyWords(whom, Text(zh=zh, en=en), Text(zh=unit_zh, en=unit_en))


_DAYS = (" 天", " days")
_YEARS = (" 周岁", " years")
_YUAN = (" 元", " yuan")

WORDS: Mapping[str, KeyWords] = {
    "effective_on": _of(EVERYBODY, "生效日", "the day on which the terms take effect"),
    "announced_on": _of(EVERYBODY, "公布日", "the day of the announcement"),
    "notice_days": _of(EVERYBODY, "新条款提前公布的天数", "the notice before new terms", *_DAYS),
    "join.age_min_days": _of(JOINING, "最小年龄（出生后）", "the lowest age since birth", *_DAYS),
    "join.age_min_years": _of(JOINING, "最小年龄", "the lowest age", *_YEARS),
    "join.age_max_years": _of(JOINING, "最大年龄", "the highest age", *_YEARS),
    "join.age_out_years": _of(
        EVERYBODY, "成员资格结束的年龄", "the age at which a membership ends", *_YEARS
    ),
    "join.occupation_classes": _of(JOINING, "可加入的职业类别", "the occupation classes"),
    "join.score_min": _of(JOINING, "最低评分", "the lowest score"),
    "join.regions": _of(JOINING, "可加入的地区", "the regions"),
    "join.questions_version": _of(JOINING, "健康告知版本", "the version of the health questions"),
    "join.questions": _of(JOINING, "健康告知的问题数", "the number of health questions"),
    "join.payer_age_min_years": _of(PAYERS, "最小年龄", "the lowest age", *_YEARS),
    "join.relations": _of(PAYERS, "可加入的家人", "the relatives that may be members"),
    "join.grace_rejoin_days": _of(
        EVERYBODY, "退出后可恢复原成员资格的天数", "the time to come back after leaving", *_DAYS
    ),
    "join.grace_rejoins_max": _of(
        EVERYBODY, "可恢复原成员资格的次数", "how often one may come back after leaving"
    ),
    "join.transfer_to": _of(
        EVERYBODY, "超龄后转入的计划", "the plan that takes in who has become too old"
    ),
    "waiting.days": _of(WAITING, "等待期", "the waiting period", *_DAYS),
    "waiting.accident_covered": _of(
        WAITING, "意外立即在范围内", "whether an accident is covered at once"
    ),
    "waiting.members_share": _of(WAITING, "参与分摊", "whether they share the cost"),
    "waiting.refund_from": _of(WAITING, "退还分摊的承担者", "who pays shares back"),
    "waiting.days_by_age": _of(WAITING, "按年龄的等待期", "the waiting period by age"),
    "benefit.illnesses": _of(CLAIMANTS, "病种数", "the number of illnesses"),
    "benefit.rows": _of(CLAIMANTS, "互助金表", "the benefit table"),
    "benefit.lump_sum_rate": _of(
        CLAIMANTS, "一次性给付的比例", "the part paid at once, the rest against bills"
    ),
    "benefit.ends_membership": _of(
        CLAIMANTS, "领取后成员资格结束", "whether the membership ends with the aid"
    ),
    "benefit.ends_with": _of(
        CLAIMANTS, "使成员资格结束的那次支付", "the payment that ends the membership"
    ),
    "benefit.tiers": _of(JOINING, "可选档位", "the tiers to choose from"),
    "benefit.bills_deductible": _of(
        CLAIMANTS, "费用中的自付部分", "the part of the bills borne oneself", *_YUAN
    ),
    "benefit.instalments_max": _of(
        CLAIMANTS, "同一疾病的支付次数上限", "the most payments for one illness"
    ),
    "benefit.severe_max": _of(
        CLAIMANTS, "重度疾病的次数上限", "the most severe illnesses paid for"
    ),
    "benefit.mild_max": _of(CLAIMANTS, "轻度疾病的次数上限", "the most mild illnesses paid for"),
    "benefit.total_max": _of(CLAIMANTS, "互助金合计上限", "the most aid in all", *_YUAN),
    "benefit.spending_min": _of(
        CLAIMANTS, "按费用申请的起点", "the spending from which aid is due", *_YUAN
    ),
    "benefit.tenure": _of(
        CLAIMANTS, "按保障年数给付的比例", "the part of the aid by years of cover"
    ),
    "benefit.helped": _of(
        CLAIMANTS, "按帮助过的人数给付的比例", "the part of the aid by claims helped"
    ),
    "sharing.fee_rate": _of(PAYERS, "管理费比例", "the fee, as a part of the aid"),
    "sharing.cap_per_claim": _of(PAYERS, "每人每笔分摊上限", "the most for one claim", *_YUAN),
    "sharing.cap_per_period": _of(PAYERS, "每人每期上限", "the most for a period", *_YUAN),
    "sharing.cap_per_year": _of(PAYERS, "每人每年上限", "the most for a year", *_YUAN),
    "sharing.excess": _of(PAYERS, "超出上限部分的承担者", "who bears what the limits cut off"),
    "sharing.head_count": _of(PAYERS, "分摊人数的计算时点", "when the sharing members are counted"),
    "sharing.aided_members_share": _of(
        CLAIMANTS, "当期受助人参与分摊", "whether they share the period of their own claim"
    ),
    "sharing.classes": _of(PAYERS, "分摊级别", "the classes of shares"),
    "sharing.waivers": _of(PAYERS, "免除分摊的期数", "the number of periods let off"),
    "sharing.defaults_borne_by": _of(PAYERS, "未付分摊的承担者", "who bears shares never paid"),
    "calendar.publicity_days": _of(EVERYBODY, "公示日", "the publicity days"),
    "calendar.debit_days": _of(PAYERS, "扣款日", "the debit days"),
    "calendar.publicity_length_days": _of(
        EVERYBODY, "公示天数", "how long cases are shown", *_DAYS
    ),
    "calendar.debit_notice_days": _of(
        PAYERS, "扣款前通知的天数", "the notice before a debit", *_DAYS
    ),
    "claims.report_deadline_days": _of(
        CLAIMANTS, "确诊后的申请期限", "the time to file after the diagnosis", *_DAYS
    ),
    "claims.governed_by": _of(
        CLAIMANTS, "决定适用版本的日子", "the day whose version of the terms counts"
    ),
    "claims.evidence_required": _of(CLAIMANTS, "必须提交的材料", "the documents needed"),
    "claims.investigation_required": _of(
        CLAIMANTS, "须经调查", "whether every claim is investigated"
    ),
    "claims.appeal_days": _of(CLAIMANTS, "申诉期限", "the time to appeal", *_DAYS),
    "claims.accident_death_excluded_hours": _of(
        CLAIMANTS,
        "意外后身故的除外时限",
        "the hours after an accident in which a death is not covered",
        " 小时",
        " hours",
    ),
    "claims.exclusions": _of(CLAIMANTS, "除外情形", "what is not covered"),
    "claims.refunded_clauses": _of(
        CLAIMANTS, "未通过时退还分摊的条款", "the clauses under which shares are paid back"
    ),
    "default.failed_cycles_max": _of(
        OWING, "使成员资格结束的连续失败次数", "the failed debits in a row that end a membership"
    ),
    "default.payer_grace_days": _of(
        EVERYBODY, "付款人身故后更换付款人的时间", "the time to name a new payer", *_DAYS
    ),
    "default.arrears_off_aid": _of(
        OWING, "欠款从互助金中扣除", "whether arrears are taken off an aid"
    ),
    "default.reinstatement_days": _of(
        OWING, "补缴后恢复资格的时间", "the time to pay and come back", *_DAYS
    ),
    "default.reinstatements_max": _of(OWING, "可恢复资格的次数", "how often one may come back"),
    "pool.members_min": _of(EVERYBODY, "成员人数下限", "the fewest members of the plan"),
    "pool.run_off_days": _of(
        EVERYBODY, "计划终止后可申请的时间", "the time to file after the plan's end", *_DAYS
    ),
    "pool.members_min_after_days": _of(
        EVERYBODY, "人数下限开始适用的时间", "when that minimum begins to count", *_DAYS
    ),
    "pool.closing_refund": _of(
        EVERYBODY, "计划终止时退还的分摊", "what shares come back when the plan ends"
    ),
    "pool.run_off_aid": _of(CLAIMANTS, "计划终止后的给付", "how aid is paid after the plan's end"),
    "board.juror_age_min_years": _of(JURORS, "最小年龄", "the lowest age", *_YEARS),
    "board.juror_membership_days": _of(JURORS, "须加入的天数", "the time as a member", *_DAYS),
    "board.juror_pays": _of(JURORS, "须为付款人", "whether only payers may be jurors"),
    "board.votes_min": _of(JURORS, "有效票数下限", "the fewest votes that count"),
    "board.votes_for_min": _of(JURORS, "赞成比例", "the part that must be in favour"),
    "board.strict": _of(JURORS, "赞成须多于该比例", "whether exactly that part is too little"),
    "board.voting_hours": _of(JURORS, "投票时长", "the hours of a vote", " 小时", " hours"),
    "board.objections_min": _of(
        EVERYBODY, "提交赔审的异议数", "the objections that bring a case before the board"
    ),
}
"""Every key of `rulebook_keys.KEYS`."""

VALUES: Mapping[str, Text] = {
    "none": Text(zh="无", en="none"),
    "True": Text(zh="是", en="yes"),
    "False": Text(zh="否", en="no"),
    "operator": Text(zh="运营方", en="the operator"),
    "pool": Text(zh="全体成员", en="the members"),
    "next_period": Text(zh="下一期的成员", en="the members of the next period"),
    "sponsor": Text(zh="兜底方", en="the sponsor"),
    "reshare": Text(zh="其他成员", en="the other members"),
    "lock": Text(zh="公示日零点", en="at 00:00 of the publicity day"),
    "end_of_last_period": Text(zh="上一期结束时", en="at the end of the period before"),
    "diagnosis": Text(zh="初次确诊日", en="the first diagnosis"),
    "report": Text(zh="申请日", en="the filing"),
    "joining": Text(zh="加入日", en="joining"),
    "first": Text(zh="第一次", en="the first"),
    "last": Text(zh="最后一次", en="the last"),
    "full": Text(zh="全部", en="in full"),
    "pro_rata": Text(zh="按剩余资金的比例", en="in part, as far as the money left reaches"),
    "self": Text(zh="本人", en="oneself"),
    "child": Text(zh="子女", en="children"),
    "spouse": Text(zh="配偶", en="spouse"),
    "parent": Text(zh="父母", en="parents"),
}
"""Closed choices in words; `none` is the absence of a limit or value."""
