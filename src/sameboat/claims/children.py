"""Children under 14: what is said of their health is read only by staff who hold a role for it.

The role stands beside the one by which somebody assesses, looks into or decides claims; alone it
opens nothing. It is asked for on the day of the look, so who turns 14 is like everybody else.
"""

from __future__ import annotations

from datetime import date, datetime

from sameboat.claims.models import Claim
from sameboat.identity.persons import HOME_TIMEZONE
from sameboat.identity.queries import roles_of
from sameboat.identity.roles import Role
from sameboat.rules.calendar import day_of, latest_birth
from sameboat.runtime.refusals import Refusal

CHILD_YEARS = 14
"""Below it the law asks for rules of their own (PIPL, article 31)."""


class ChildrensData(Refusal):
    """The claim is a child's, and the staff login does not hold the role for children's data."""

    code = "childrens_data"
    en = (
        "This claim is of a child under 14. Only staff who also hold the role “children” may "
        "open or handle it."
    )
    zh = "该申请属于 14 岁以下儿童，只有另外具有“儿童信息”角色的工作人员才能查看和处理。"


def born_after(now: datetime) -> date:
    """Whoever was born later than this day is under 14."""
    return latest_birth(day_of(now, HOME_TIMEZONE), CHILD_YEARS)


def is_childs(claim: Claim, *, now: datetime) -> bool:
    """Whether the claim is about a child under 14."""
    return claim.membership.born_on > born_after(now)


def holds_childrens_role(login_id: int) -> bool:
    """Whether the staff login may read what is about children under 14."""
    return Role.CHILDREN in roles_of(login_id)


def refuse_without_childrens_role(login_id: int, claim: Claim, *, now: datetime) -> None:
    """Refuse with `ChildrensData` staff without the role, where the claim is a child's."""
    if is_childs(claim, now=now) and not holds_childrens_role(login_id):
        raise ChildrensData()
