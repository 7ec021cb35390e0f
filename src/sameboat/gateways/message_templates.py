"""Every message the platform sends, in both languages: the sentences to register with a carrier.

Carriers deliver only sentences registered beforehand, with their blanks; so the list is closed.
No blank takes a name, an illness or a document number: a phone is read by others.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass

from sameboat.runtime.refusals import Language


@dataclass(frozen=True, slots=True)
class Template:
    """One sentence with blanks such as `{code}`."""

    zh: str
    en: str

    def blanks(self) -> frozenset[str]:
        """The names of the blanks; the same in both languages."""
        return frozenset(name for _, name, _, _ in string.Formatter().parse(self.zh) if name)


TEMPLATES: dict[str, Template] = {
    "sign_in_code": Template(
        zh="【同舟】验证码 {code}，{minutes} 分钟内有效，请勿告诉他人。",
        en="Sameboat: your code is {code}, valid for {minutes} minutes. Tell nobody.",
    ),
    "proof_code": Template(
        zh="【同舟】您正在查看或删除个人信息，验证码 {code}，{minutes} 分钟内有效。"
        "非本人操作请勿告知，并尽快修改登录手机号。",
        en="Sameboat: {code} lets you fetch or erase your data, for {minutes} minutes. "
        "If this was not you, tell nobody.",
    ),
    "data_answered": Template(
        zh="【同舟】您关于个人信息的请求已有答复：{link}",
        en="Sameboat: what you asked about your data is answered: {link}",
    ),
    "relation_asked": Template(
        zh="【同舟】有人以家人身份请求代您或您代办的家人办理互助事务。同意或拒绝请登录：{link} "
        "不认识对方请拒绝。",
        en="Sameboat: somebody asks to act for you, or for one whom you act for, as family. Agree "
        "or refuse after signing in: {link} If you do not know them, refuse.",
    ),
    "death_undone": Template(
        zh="【同舟】此前误登记您已去世，现已更正并致歉：成员资格和保障延续，此间的分摊无需补缴，"
        "扣款自下一期恢复。请登录核对：{link}",
        en="Sameboat: you were recorded as deceased by mistake. It is put right, and we are sorry: "
        "membership and cover go on, nothing of the time between is owed, debits begin again with "
        "the next period. Please look: {link}",
    ),
    "consent_code": Template(
        zh="【同舟】家人为您加入了{plan}并为您付款，您不需付钱。"
        "同意请把 {code} 告诉家人，或登录后确认；不同意请勿告知。",
        en="Sameboat: a relative joined {plan} for you and pays; you pay nothing. If you agree, "
        "tell them {code}, or confirm after signing in. If not, keep it to yourself.",
    ),
    "payee_code": Template(
        zh="【同舟】您正在更换互助申请 {claim} 的收款人，验证码 {code}，{minutes} 分钟内有效。"
        "如非本人操作，请勿告诉任何人。",
        en="Sameboat: you are changing the payee of claim {claim}. Code {code}, valid for "
        "{minutes} minutes. If this is not you, tell nobody.",
    ),
    "payee_change_asked": Template(
        zh="【同舟】有人要求更换互助申请 {claim} 的收款人，最早 {until} 生效，此前不会付款。"
        "如有不妥，请立即停止：{link}",
        en="Sameboat: another payee was asked for on claim {claim}. It takes effect on {until} at "
        "the earliest, nothing is paid before. If this is wrong, stop it now: {link}",
    ),
    "payee_change_ended": Template(
        zh="【同舟】互助申请 {claim} 更换收款人一事已有结果，请查看：{link}",
        en="Sameboat: the change of the payee of claim {claim} has been settled: {link}",
    ),
    "assist_code": Template(
        zh="【同舟】有人要协助您办理互助申请 {claim}。同意请把验证码 {code} 告诉对方，"
        "{minutes} 分钟内有效；不同意请勿告知。",
        en="Sameboat: somebody wants to help you with claim {claim}. If you agree, tell them "
        "{code}, valid for {minutes} minutes. If not, keep it to yourself.",
    ),
    "assisted_code": Template(
        zh="【同舟】协助您填写的互助申请 {claim} 即将提交。核对无误后请把验证码 {code} 告诉对方，"
        "{minutes} 分钟内有效。",
        en="Sameboat: claim {claim}, filled in with help, is about to be handed in. If all of it "
        "is right, tell them {code}, valid for {minutes} minutes.",
    ),
    "joined": Template(
        zh="【同舟】已加入{plan}，{covered_from} 起患病可申请互助。加入不收取任何费用。",
        en="Sameboat: you joined {plan}. Illness is covered from {covered_from}. Nothing to pay.",
    ),
    "left": Template(
        zh="【同舟】已退出{plan}，{ends_on} 起不再参与。仍需分摊：{owed} 元。",
        en="Sameboat: you left {plan}, as of {ends_on}. Still owed: {owed} yuan.",
    ),
    "debit_notice": Template(
        zh="【同舟】{plan} {period} 期：将于 {debit_on} 扣款 {amount} 元，共帮助 {claims} 人。"
        "明细与停止扣款：{link}",
        en="Sameboat: {plan}, period {period}: {amount} yuan will be debited on {debit_on}, "
        "to help {claims} people. Details, and how to stop: {link}",
    ),
    "debit_failed": Template(
        zh="【同舟】{plan} {period} 期扣款 {amount} 元未成功，{retry_until} 前将重试。详情：{link}",
        en="Sameboat: {plan}, period {period}: the debit of {amount} yuan failed; "
        "it is tried again until {retry_until}. Details: {link}",
    ),
    "membership_ended": Template(
        zh="【同舟】{plan}：成员资格于 {ends_on} 终止。原因与恢复方式：{link}",
        en="Sameboat: {plan}: a membership ended on {ends_on}. Why, and how to return: {link}",
    ),
    "ages_out_soon": Template(
        zh="【同舟】{plan}：成员资格将于 {ends_on} 因年龄终止。此后如何继续：{link}",
        en="Sameboat: {plan}: a membership will end by age on {ends_on}. How to go on: {link}",
    ),
    "transferred": Template(
        zh="【同舟】已按您的意愿自 {joined_on} 起转入{plan}，无需重新等待。查看：{link}",
        en="Sameboat: as you wished, you are a member of {plan} from {joined_on}; nothing is "
        "waited anew: {link}",
    ),
    "new_terms": Template(
        zh="【同舟】{plan}将于 {on} 启用新条款。对您有何影响、如何在此之前退出：{link}",
        en="Sameboat: {plan} has new terms from {on}. What changes for you, and how to leave "
        "before: {link}",
    ),
    "plan_ends": Template(
        zh="【同舟】{plan}即将终止，{on} 起不再有保障。详情：{link}",
        en="Sameboat: {plan} is ending; there is no cover from {on}. Details: {link}",
    ),
    "claim_moved": Template(
        zh="【同舟】您的互助申请 {claim} 有新进展，请查看：{link}",
        en="Sameboat: there is news on your claim {claim}: {link}",
    ),
    "evidence_asked": Template(
        zh="【同舟】互助申请 {claim} 需要补充材料，请于 {due_on} 前提交：{link}",
        en="Sameboat: claim {claim} needs more documents by {due_on}: {link}",
    ),
    "aid_paid": Template(
        zh="【同舟】互助申请 {claim} 的互助金 {amount} 元已付出。",
        en="Sameboat: the aid of {amount} yuan for claim {claim} has been paid out.",
    ),
    "aid_to_give_back": Template(
        zh="【同舟】互助申请 {claim} 重新审核后金额减少，需退回 {amount} 元。详情与办法：{link}",
        en="Sameboat: claim {claim} was looked at again and came out lower; {amount} yuan of the "
        "aid are to be given back. Why, and how: {link}",
    ),
}


def render(template: str, data: Mapping[str, str], *, language: Language) -> str:
    """The sentence as the recipient reads it; the data fill exactly the template's blanks."""
    found = TEMPLATES[template]
    assert frozenset(data) == found.blanks(), f"{template} takes {sorted(found.blanks())}"
    return (found.zh if language == "zh" else found.en).format_map(dict(data))
