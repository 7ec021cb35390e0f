"""Who of the family acts for somebody: the person themself ends it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sameboat.identity.actions.relations import NoSuchRelation
from sameboat.identity.models import Relation
from sameboat.members.models import Membership
from sameboat.runtime.refusals import Refusal


class PaysForYou(Refusal):
    """Whoever pays for a membership acts for its member, or could never stop paying."""

    code = "pays_for_you"
    en = "They pay for you, so they act for you. Leave, or have somebody else pay, then end it."
    zh = "对方正在为您付款，因此可代您办理。请先退出或改由他人付款，再结束该关系。"


@transaction.atomic
def end_relation(*, login_id: int, relation_id: int, now: datetime) -> None:
    """Somebody of the family acts for this login's own person no longer."""
    own = Relation.objects.filter(
        id=relation_id,
        until=None,
        relative__logins=login_id,
        relative__logins__is_active=True,
        relative__logins__is_staff=False,
    )
    found = own.first()
    if found is None:
        raise NoSuchRelation()
    paid = Membership.objects.filter(person_id=found.relative_id, ends_on=None)
    if paid.filter(household__payer_id=found.person_id).exists():
        raise PaysForYou()
    if not Relation.objects.filter(id=relation_id).delete()[0]:
        raise NoSuchRelation()
