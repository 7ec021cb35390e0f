"""The roles of staff logins. Four eyes are two persons: one person under two logins is one."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a staff login may do; a login may hold several."""

    CASE_HANDLER = "case_handler"
    SECOND_DECIDER = "second_decider"
    SUPERVISOR = "supervisor"
    INSURER = "insurer"
    INVESTIGATOR = "investigator"
    FINANCE = "finance"
    PLAN_DESIGNER = "plan_designer"
    AUDITOR = "auditor"
    CHILDREN = "children"
    """Beside a role of claims: may also read those of children under 14. Alone it opens none."""
    INTEGRATOR = "integrator"
    """A program of another organisation that embeds the platform, by whoever answers for it."""
