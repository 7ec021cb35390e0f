"""How a verification can end, and what a person is told to do then."""

from __future__ import annotations

from enum import StrEnum

from sameboat.rules.terms import Text


class Outcome(StrEnum):
    """The identity provider's answers, and what only we can see."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"
    TIMEOUT = "timeout"
    """No answer after all attempts."""
    DECEASED = "deceased"
    MINOR = "minor"
    """Under age, and not named as a child of the person who asks."""
    OTHER_LOGIN = "other_login"
    """The person has a login already."""
    YOURSELF = "yourself"
    """Somebody named themselves as a relative."""
    OTHER_PERSON = "other_person"
    """A new document does not belong to the person whose document it was to replace."""
    SECOND_LOOK = "second_look"
    """A new document bears another name: a member of staff looks at it first."""
    ERASED = "erased"
    """The person was erased, and a mark of them is kept until a stated day."""
    ASKED = "asked"
    """The relative has a login, or somebody acts for them: they agree first."""
    NOT_ACCEPTED = "not_accepted"
    """A member of staff looked at it, and it stays with the old document."""


TOLD = {
    Outcome.MATCH: Text(zh="身份已核实。", en="The identity is verified."),
    Outcome.MISMATCH: Text(
        zh="姓名与证件号码不符。请按证件逐字核对后重新提交。",
        en="Name and document number do not belong together. "
        "Compare both with the document and send them again.",
    ),
    Outcome.UNKNOWN: Text(
        zh="查无此证件。请核对证件类型和号码；新办证件请过几天再试。",
        en="There is no such document. Check its kind and number; "
        "if it was issued lately, try again in some days.",
    ),
    Outcome.TIMEOUT: Text(
        zh="核验机构暂时没有应答。资料未被保存，请稍后重新提交。",
        en="The identity provider did not answer. Nothing was kept; please send it again later.",
    ),
    Outcome.DECEASED: Text(
        zh="登记显示该人已去世。如有误，请到户籍所在地派出所更正后再试。",
        en="The register says that this person has died. If that is wrong, "
        "have the register corrected and try again.",
    ),
    Outcome.MINOR: Text(
        zh="未满 18 周岁不能自己登录或付款。请由父母登录后，以“子女”身份加入。",
        en="Under 18 one cannot have a login or pay. "
        "A parent can sign in and add this person as a child.",
    ),
    Outcome.OTHER_LOGIN: Text(
        zh="此人已有登录。请用原手机号登录；手机号已停用的，请联系人工客服。",
        en="This person has a login already. Sign in with the phone number used before; "
        "if that number is gone, ask our staff.",
    ),
    Outcome.YOURSELF: Text(
        zh="这是您本人的证件。请提交家人的证件。",
        en="This is your own document. Please give your relative's.",
    ),
    Outcome.OTHER_PERSON: Text(
        zh="新证件与此人不符：出生日期或性别不同，或证件属于另一人。请核对后重新提交。",
        en="The new document does not belong to this person: birth date or sex differ, or it names "
        "somebody else. Compare them and send it again.",
    ),
    Outcome.SECOND_LOOK: Text(
        zh="新证件上的姓名与原来的不同（例如新生儿取名之后）。工作人员会在三个工作日内核对，"
        "期间成员资格不受影响。",
        en="The new document bears another name (as after a newborn was named). A member of staff "
        "compares them within three working days; the membership goes on meanwhile.",
    ),
    Outcome.ERASED: Text(
        zh="此人的信息已按本人要求删除；因曾获互助金或法律规定，标记仍在保存期内，期满前不能重新核验。"
        "具体日期见删除时的答复。",
        en="This person was erased at their wish. A mark is kept, because aid was paid or the law "
        "asks for it, and until it is deleted nobody can be verified by this document. The day "
        "stands in the answer to the erasure.",
    ),
    Outcome.ASKED: Text(
        zh="身份已核实。此人（或已代其办理的家人）在同舟有自己的登录，须先同意由您代办：我们已发送短信，"
        "请其登录后在“我的家庭”中确认。同意后您可在“我的家庭”看到此人。若本人无法表示同意（如昏迷），"
        "请持户口簿或结婚证联系工作人员。",
        en="The identity is verified. This person, or somebody of the family who acts for them, has"
        " a login here and agrees first: we sent a message, and they answer under My household."
        " Then you find them under yours. If they cannot agree (as in a coma), bring our staff the"
        " household register or marriage certificate.",
    ),
    Outcome.NOT_ACCEPTED: Text(
        zh="工作人员核对后认为两份证件不属于同一人，原证件继续有效。如有疑问请联系人工客服。",
        en="Our staff found that the two documents are not the same person's; the old one stays. "
        "If that is wrong, ask our staff.",
    ),
}
"""One sentence for each outcome: what is so, and what to do."""
