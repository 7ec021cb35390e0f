"""Run in an installation's own process: tables, a plan, and logins of staff.

python tests/privacy/founding.py < staff.json     # {"plan": …, "staff": [{name, roles, …}]}
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from typing import Any

import django


def found(plan: str, staff: list[dict[str, Any]]) -> None:
    """Make the tables, adopt the plan and make the logins, each of a person of its own."""
    from sameboat.cli.database import bring_up_to_date
    from sameboat.identity.actions import make_staff
    from sameboat.identity.persons import PersonFacts
    from sameboat.identity.roles import Role
    from sameboat.plans.actions import adopt
    from sameboat.rules.documents import DocumentKind, DocumentNumber, read_number
    from sameboat.runtime import clock

    bring_up_to_date()
    adopt(plan_id_or_path=plan, now=clock.now())
    for one in staff:
        number = read_number(DocumentKind.RESIDENT_ID, one["number"])
        assert isinstance(number, DocumentNumber)
        born_on = date.fromisoformat(one["born_on"])
        make_staff(
            name=one["login"],
            password=one["password"],
            person=PersonFacts(name=one["name"], number=number, born_on=born_on, sex=one["sex"]),
            roles=[Role(role) for role in one["roles"]],
            totp_secret=one["totp_secret"],
            now=clock.now(),
        )


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "sameboat.site.settings"
    django.setup()
    found(**json.load(sys.stdin))
