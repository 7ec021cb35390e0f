"""What the demo says: where to open it, who to be, what to try."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sameboat.rules.terms import Text
from sameboat.runtime.refusals import Language
from sameboat.simulation.office import PASSWORD, Desk

WORDS: Mapping[str, Text] = {
    "preparing": Text(zh="准备数据库、存证和条款 …", en="Database, record and rulebooks …"),
    "building": Text(zh="建立社会", en="Building the society"),
    "waiting": Text(zh="等待后台处理完毕 …", en="Waiting until the work is done …"),
    "moved": Text(
        zh="演示时钟现在是 {at}（北京时间）。", en="The demo clock is at {at} (Beijing)."
    ),
    "open": Text(zh="打开", en="Open"),
    "members": Text(
        zh="成员用手机号登录，验证码显示在页面上：",
        en="Members sign in by phone; the page shows the code:",
    ),
    "staff": Text(
        zh="工作人员用登录名、密码“{password}”和动态码登录（再次运行 make demo 显示新码）：",
        en="Staff: name, password “{password}”, and a code (`make demo` again prints fresh ones):",
    ),
    "try": Text(zh="可以试试", en="Try"),
    "family": Text(zh="为全家付款的人", en="pays for a family"),
    "published": Text(
        zh="案例正在公示，有一条异议", en="has a case in publicity, with an objection"
    ),
    "paid": Text(zh="已得到互助金", en="was helped"),
    "asking": Text(zh="被要求补交材料", en="is asked for one more document"),
    "collecting": Text(zh="申请还没有交齐材料", en="has not handed in the claim yet"),
    "declined": Text(zh="申请未通过", en="was declined"),
    "unpaid": Text(zh="有一期没有扣款成功", en="could not be debited for a period"),
    "tries": Text(
        zh="  以成员身份查看分摊的算法，对公示的案例提出异议；\n"
        "  以 handler 提出互助，再以 second 确认；\n"
        "  .venv/bin/sameboat demo --advance   把时钟拨到下一个公示日、扣款日或付款日\n"
        "  .venv/bin/sameboat check            核对钱、成员和存证\n"
        "  make stop                           全部停止",
        en="  as a member: read how a share was divided, object to a case in publicity;\n"
        "  as handler: propose aid, then confirm it as second;\n"
        "  .venv/bin/sameboat demo --advance   moves the clock to the next publicity or debit day\n"
        "  .venv/bin/sameboat check            checks money, members and record\n"
        "  make stop                           ends everything",
    ),
}
BEIJING = timedelta(hours=8)


def told(language: Language, key: str) -> str:
    """The words of that key."""
    return WORDS[key].zh if language == "zh" else WORDS[key].en


def moved(language: Language, at: datetime) -> str:
    """Where the clock was moved."""
    return told(language, "moved").format(at=f"{at + BEIJING:%Y-%m-%d %H:%M}")


def welcome(
    language: Language,
    url: str,
    members: Mapping[str, str],
    desks: Mapping[str, Desk],
    now: datetime,
) -> str:
    """All that somebody needs to begin."""
    lines = ["", f"{told(language, 'open')}  {url}/   {url}/console/", ""]
    lines.append(told(language, "members"))
    lines += [f"  {phone}  {told(language, key)}" for key, phone in members.items()]
    lines += ["", told(language, "staff").format(password=PASSWORD)]
    lines += [
        f"  {desk.name:<13}{desk.code(now)}  (TOTP {desk.secret})  {desk.role}"
        for desk in desks.values()
    ]
    lines += ["", f"{told(language, 'try')}:", told(language, "tries"), ""]
    return "\n".join(lines)
