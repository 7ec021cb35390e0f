"""What the rights of people over their data leave behind themselves."""

from __future__ import annotations

from sameboat.rights.items import Kept, Purpose
from sameboat.rights.register.making import KEY, STAYS, item, link, staff, table

RIGHTS = (
    table(
        "rights.DataRequest",
        "个人信息请求",
        "Requests about one's data",
        Purpose.RIGHTS,
        Kept.PROOF,
        "person",
        item("ref", "随机代号", "a random reference", STAYS),
        link("person asked_by"),
        staff("first_login first_person second_login second_person"),
        item(
            "kind subject asked_at due_on state accepts answered_at",
            "请求、期限、结果",
            "what was asked, until when, and the outcome",
            STAYS,
        ),
        item("sealed_words", "请求的内容", "what was asked in words", KEY),
        item("sealed_answer", "答复", "what was answered", KEY),
        item("file_key expires_at", "副本的位置和期限", "where the copy lies, until when", STAYS),
    ),
    table(
        "rights.RetentionHold",
        "保留",
        "Holds",
        Purpose.RIGHTS,
        Kept.PROOF,
        "person",
        link("person"),
        staff("set_by lifted_by"),
        item("reason until_on set_at lifted_at", "理由、截止日", "why, and until when", STAYS),
    ),
)
