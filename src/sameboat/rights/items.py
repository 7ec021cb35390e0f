"""The words in which the register says what is kept of people: why, how, by whom, how long.

A table is described by its fields, in items that mean one thing each. `register` holds the
descriptions; `docs/privacy.md`, the page `/privacy` and the copy that a person may have of their
data are all made of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sameboat.claims.actions.uploads import UPLOAD_KEPT
from sameboat.identity.actions.logins import UNPROVED_LOGIN_KEPT
from sameboat.identity.actions.tokens import FORGOTTEN_AFTER
from sameboat.identity.actions.verification import RESULT_KEPT
from sameboat.members.actions.consenting import CODE_KEPT
from sameboat.rules.terms import Text


class Purpose(Enum):
    """For what a table is kept; each value is the sentence."""

    IDENTITY = Text(zh="确认是本人，一人一份", en="to know that a person is who they say, once")
    SIGN_IN = Text(zh="登录和联系", en="to sign in and to be reached")
    MEMBERSHIP = Text(zh="加入、等待、保障和退出", en="to join, wait, be covered and leave")
    CLAIM = Text(zh="申请、审核和公示互助", en="to ask for aid, judge it and show it to members")
    PAYMENT = Text(zh="分摊、扣款、付款和账目", en="to share, debit, pay out and keep the books")
    CONSENT = Text(zh="证明何时同意了什么", en="to prove what was agreed to, and when")
    OVERSIGHT = Text(
        zh="核对工作人员看了什么、做了什么", en="to check what staff looked at and did"
    )
    RIGHTS = Text(zh="答复您对个人信息的请求", en="to answer what you ask about your data")
    RUNNING = Text(zh="让系统可靠运行", en="to keep the machinery reliable")


class Holder(Enum):
    """Who has it beside the operator, and when."""

    IDENTITY_PROVIDER = Text(
        zh="实名核验机构（核验时）", en="the identity provider, when it is asked"
    )
    MESSENGER = Text(zh="短信服务商（发送时）", en="the messaging provider, when it sends")
    PAYMENT_PROVIDER = Text(
        zh="支付机构（只有代号和金额）", en="the payment provider: a code, amounts"
    )
    SCORE_PROVIDER = Text(
        zh="信用分机构（只有代号，须您同意）", en="the score provider: a code, if you agreed"
    )
    INVESTIGATOR = Text(
        zh="保险机构及其调查员（须您同意）", en="the insurer and its investigator, if you agreed"
    )
    MEMBERS = Text(
        zh="同计划成员（公示时，不含全名）", en="members of the plan, in publicity, without a name"
    )
    RECORD = Text(
        zh="存证参与机构（只有加盐的哈希）", en="the keepers of the record: a salted hash"
    )


class Form(Enum):
    """How it stands in the database."""

    SEALED = Text(zh="加密", en="sealed")
    KEYED_HASH = Text(zh="带密钥的哈希", en="keyed hash")
    HASH = Text(zh="哈希", en="hash")
    CLEAR = Text(zh="明文", en="clear")


class AtErasure(Enum):
    """What becomes of it when the person is erased."""

    KEY = Text(zh="密钥销毁并清空", en="its key is destroyed, the field emptied")
    EMPTIED = Text(zh="清空", en="emptied")
    COARSENED = Text(zh="只留年份", en="only the year stays")
    DELETED = Text(zh="整行删除", en="the row is deleted")
    MARKED = Text(
        zh="删除；有代码理由和截止日的除外",
        en="deleted, unless a coded reason keeps it to a stated day",
    )
    STAYS = Text(zh="保留，但不再指向任何人", en="stays, and leads to nobody any more")
    STAFF = Text(zh="属于工作人员，不随成员删除", en="is about staff; not erased with a member")


class Kept(Enum):
    """How long it is kept, where the person does not ask for erasure."""

    WHILE_KNOWN = Text(zh="至您要求删除", en="until you ask for erasure")
    MONEY = Text(
        zh="与账目一同保存；删除后不再指向任何人",
        en="as long as the books; after erasure it leads to nobody",
    )
    PROOF = Text(
        zh="与存证一同保存；删除后不再指向任何人",
        en="as long as the record; after erasure it leads to nobody",
    )
    EMPLOYMENT = Text(
        zh="任职期间，之后供审计", en="while they work here, and for audits afterwards"
    )
    SHORT = Text(zh="用完即删", en="until it has served, then it is deleted")
    VERIFICATION = Text(
        zh=f"得出结果后 {RESULT_KEPT.days} 天", en=f"{RESULT_KEPT.days} days after the answer"
    )
    LOGIN = Text(
        zh=f"未验证的手机号 {UNPROVED_LOGIN_KEPT.days} 天；其余至您要求删除",
        en=f"{UNPROVED_LOGIN_KEPT.days} day where no code proved the phone; else until erasure",
    )
    TOKEN = Text(
        zh=f"失效后 {FORGOTTEN_AFTER.days} 天", en=f"{FORGOTTEN_AFTER.days} days after it ended"
    )
    CODE = Text(zh=f"{CODE_KEPT.days} 天", en=f"{CODE_KEPT.days} days")
    UPLOAD = Text(zh=f"{UPLOAD_KEPT.days} 天", en=f"{UPLOAD_KEPT.days} days")
    MONTH = Text(zh="30 天", en="30 days")
    DAY = Text(zh="一天", en="a day")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Fields of a table that mean one thing to the person."""

    fields: tuple[str, ...]
    what: Text
    erased: AtErasure
    holders: tuple[Holder, ...] = ()
    form: Form | None = None
    """Where the names of the fields do not tell it."""
    is_health: bool = False
    """It says something about health: the stricter rules hold."""
    is_hidden: bool = False
    """A secret, or about somebody else: it is not in a copy of one's data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table in which something stands about people."""

    model: str
    """Django's label, such as `identity.Person`."""
    what: Text
    purpose: Purpose
    kept: Kept
    of: tuple[str, ...]
    """Look-ups from a row to the person it is about; empty where a row is not about a member."""
    items: tuple[Item, ...]


def form_of(item: Item, field: str) -> Form:
    """How a field stands in the database: by what it is called, or as its item says."""
    if item.form is not None:
        return item.form
    if field.startswith("sealed") and not field.endswith("_at"):
        return Form.SEALED
    return Form.KEYED_HASH if field.endswith("_index") else Form.CLEAR
