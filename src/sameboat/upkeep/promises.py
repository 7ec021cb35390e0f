"""Whether what members were promised is done in time: periods, money, staff, gateways, backups."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sameboat import gateways
from sameboat.gateways import payment
from sameboat.gateways.resting import silent_gateways
from sameboat.identity.queries import staff as staff_logins
from sameboat.identity.roles import Role
from sameboat.plans.queries import plans
from sameboat.rules.calendar import start_of
from sameboat.runtime import beats
from sameboat.runtime.refusals import Refusal
from sameboat.runtime.settings import settings
from sameboat.settlement.models import Period, StageMark
from sameboat.settlement.queries import due_stage
from sameboat.upkeep import tallies
from sameboat.upkeep.finding import Finding, attention, good, wrong

STAGE_LATE_AFTER = timedelta(hours=1)
BACKUP_OLD_AFTER = timedelta(hours=26)
KEYS_OLD_AFTER = timedelta(hours=1)
NEEDED_ROLES = (Role.CASE_HANDLER, Role.SECOND_DECIDER, Role.INSURER, Role.INVESTIGATOR)
"""Without somebody in each of these no claim gets to its end."""


def adopted() -> Finding:
    """Whether there is a plan to join."""
    names = ", ".join(plan.id for plan in plans())
    if not names:
        return attention(
            "plans",
            zh="尚未采用任何互助计划：请运行 sameboat plan adopt。",
            en="No plan was adopted yet: `sameboat plan adopt`.",
        )
    return good("plans", zh=f"互助计划：{names}。", en=f"Plans that run here: {names}.")


def periods(now: datetime) -> Finding:
    """Whether a stage of a period is long due and not done."""
    late = [
        f"{plan.id} {stage[1]} {stage[0]}"
        for plan in plans()
        if (stage := due_stage(plan.id, now)) is not None
        and now - _due_since(plan.id, stage, plan.timezone) > STAGE_LATE_AFTER
    ]
    if late:
        names = ", ".join(late)
        return wrong(
            "periods",
            zh=f"逾期未办的阶段：{names}。请运行 sameboat period advance 查看原因。",
            en=f"Long due and not done: {names}. `sameboat period advance` runs it and says why.",
        )
    return good("periods", zh="各期进展正常。", en="No period is overdue.")


def money() -> Finding:
    """Whether money waits for a person."""
    failed, unexplained = tallies.payouts_failed(), tallies.differences()
    if failed or unexplained:
        return attention(
            "money",
            zh=f"付款失败 {failed} 笔，对账差异 {unexplained} 笔：请在工作台处理。",
            en=f"{failed} payouts failed, {unexplained} differences between statement and books: "
            "see the console.",
        )
    return good("money", zh="没有待处理的款项。", en="No money waits for a person.")


def staff() -> Finding:
    """Whether claims can be decided, by more than one pair of eyes."""
    active = [line for line in staff_logins() if line.active and line.second_factor]
    missing = [role for role in NEEDED_ROLES if all(role not in line.roles for line in active)]
    if missing:
        names = ", ".join(missing)
        return attention(
            "staff",
            zh=f"没有人担任：{names}。请用 sameboat staff add 建立登录。",
            en=f"Nobody is {names}: claims would wait. `sameboat staff add`.",
        )
    deciders = {
        line.person_ref
        for line in active
        if {Role.CASE_HANDLER, Role.SECOND_DECIDER} & set(line.roles)
    }
    if len(deciders) < 2:
        return attention(
            "staff",
            zh="提出和确认决定的是同一个人：案件无法决定。",
            en="Whoever proposes and whoever confirms are one person: no claim can be decided.",
        )
    children = [line for line in active if Role.CHILDREN in line.roles]
    missing = [role for role in NEEDED_ROLES if all(role not in line.roles for line in children)]
    if missing:
        names = ", ".join(missing)
        return attention(
            "staff",
            zh=f"没有人兼任 children 和：{names}。14 岁以下儿童的申请会一直等待。"
            "请运行 sameboat staff roles。",
            en=f"Nobody is both children and: {names}. Claims of children under 14 would wait. "
            "`sameboat staff roles`.",
        )
    return good("staff", zh="各岗位都有人。", en="Every part is somebody's.")


def outside(now: datetime) -> Finding:
    """Whether the gateways are there, are real ones in production, and the payment one answers."""
    chosen = settings()
    named = {
        "payment": chosen.payment_gateway,
        "messaging": chosen.messaging_gateway,
        "identity_check": chosen.identity_gateway,
        "files": chosen.files_gateway,
        "score": chosen.score_gateway,
    }
    try:
        for kind, name in named.items():
            gateways.load(kind, name)
        for _ in payment.provider().statement(since=now - timedelta(minutes=1), until=now):
            break
    except Refusal as refusal:
        return wrong("gateways", zh=refusal.explain("zh"), en=refusal.explain("en"))
    played = ", ".join(kind for kind, name in named.items() if name == "sandbox")
    if played and chosen.mode == "production":
        return wrong(
            "gateways",
            zh=f"生产环境仍在使用沙箱：{played}。沙箱不会真正付款、发送或核验。",
            en=f"Sandboxes in production: {played}. They move no money, send and verify nothing.",
        )
    silent = silent_gateways()
    if silent:
        kinds = ", ".join(each.name for each in silent)
        since, until = (f"{at:%Y-%m-%d %H:%M:%S} UTC" for at in (silent[0].since, silent[0].until))
        return attention(
            "gateways",
            zh=f"网关没有应答：{kinds}，自 {since} 起。将于 {until} 后自动重试，无需处理。",
            en=f"No answer from: {kinds}, since {since}. It is asked again by itself after "
            f"{until}; nothing is lost.",
        )
    return good("gateways", zh="网关可用，支付网关有应答。", en="The payment gateway answers.")


def backups() -> Finding:
    """Whether the last backups of data and of keys are young enough."""
    ages = beats.ages()
    old = [
        name
        for name, limit in (("backup", BACKUP_OLD_AFTER), ("backup.keys", KEYS_OLD_AFTER))
        if name not in ages or (well := ages[name].well) is None or well > limit
    ]
    if not old:
        return good("backups", zh="备份是最近的。", en="The backups are recent.")
    grave = wrong if settings().mode == "production" and "backup" not in ages else attention
    return grave(
        "backups",
        zh="整体备份超过 26 小时，或密钥备份超过 1 小时，或从未备份：请运行 sameboat backup。",
        en=f"Too old, or never made: {', '.join(old)}. Run `sameboat backup`.",
    )


def _due_since(plan_id: str, stage: tuple[str, date], timezone: str) -> datetime:
    """Since when a stage could run, as far as the rows tell; never too early."""
    name, publicity_on = stage
    period = Period.objects.filter(plan=plan_id, publicity_on=publicity_on).first()
    if period is None:
        return start_of(publicity_on, timezone)
    marks = StageMark.objects.filter(period=period).order_by("-done_at")
    last = marks.values_list("done_at", flat=True).first()
    began = start_of(period.publicity_on, timezone)
    if name == "close":
        began = start_of(period.publicity_ends_on, timezone)
    return max(last or began, began)
