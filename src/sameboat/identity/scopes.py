"""What an access token may be used for: a part of the API, to read or to write it.

A token without scopes is its owner's own and may do whatever they may. One with scopes is for a
program; it may do what both its scopes and its owner may, and makes no other tokens.
"""

from __future__ import annotations

from enum import StrEnum

from sameboat.rules.terms import Text


class Area(StrEnum):
    """A part of the API."""

    PEOPLE = "people"
    MEMBERSHIPS = "memberships"
    SHARES = "shares"
    CLAIMS = "claims"
    CASES = "cases"
    STAFF = "staff"
    FINANCE = "finance"
    WEBHOOKS = "webhooks"


READ, WRITE = "read", "write"
SCOPES = tuple(f"{area.value}:{verb}" for area in Area for verb in (READ, WRITE))
"""All scopes; writing an area includes reading it."""

_OF_STAFF = {Area.STAFF, Area.FINANCE, Area.WEBHOOKS}
FOR_MEMBERS = tuple(scope for scope in SCOPES if scope.partition(":")[0] not in _OF_STAFF)
"""What a member may let a program do."""
FOR_STAFF = ("staff:read", "finance:read", "webhooks:read", "webhooks:write")
"""What staff may: a program has no second factor, so it changes neither claims nor money."""

WORDS: dict[str, Text] = {
    "people:read": Text(zh="查看我和家人的姓名", en="See my name and those of my family"),
    "people:write": Text(
        zh="办理实名核验，给出或撤回同意", en="Have people verified, give or take back consents"
    ),
    "memberships:read": Text(zh="查看互助计划和保障", en="See memberships and cover"),
    "memberships:write": Text(zh="加入、退出互助计划", en="Join and leave plans"),
    "shares:read": Text(zh="查看分摊和扣款", en="See shares and debits"),
    "shares:write": Text(zh="支付欠款", en="Pay what is owed"),
    "claims:read": Text(zh="查看互助申请和材料", en="See claims and their documents"),
    "claims:write": Text(zh="提交互助申请和材料", en="File claims and hand in documents"),
    "cases:read": Text(zh="查看公示案例", en="See cases in publicity"),
    "cases:write": Text(zh="提出异议", en="Object to cases"),
    "staff:read": Text(zh="查看案件和审计记录", en="See claims as staff, and the audit trail"),
    "finance:read": Text(zh="查看账簿和分摊期", en="See the books and the periods"),
    "webhooks:read": Text(zh="查看事件推送", en="See webhooks and their log"),
    "webhooks:write": Text(zh="设置和重发事件推送", en="Set up webhooks and send again"),
}


def allows(scopes: frozenset[str], area: Area | None, verb: str) -> bool:
    """Whether a token with these scopes may be used there; without an area only a whole one may."""
    if not scopes:
        return True
    if area is None:
        return False
    granted = {f"{area.value}:{WRITE}"} | ({f"{area.value}:{READ}"} if verb == READ else set())
    return bool(scopes & granted)
