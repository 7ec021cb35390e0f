"""News of a plan: every member with a phone is told of new terms and of the plan's end.

What there is to tell is found by looking, so that nothing has to call up to here. Messages go out
in handfuls, in the order of the logins; killed and run again, it goes on where it was.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from sameboat.gateways.messaging import SEND_MAX, Message, provider
from sameboat.gateways.resting import asking
from sameboat.identity.models import Login
from sameboat.identity.queries import reader_of
from sameboat.members.models import News, WindDown
from sameboat.plans import queries as plans
from sameboat.rules.calendar import day_of
from sameboat.rules.terms import Plan
from sameboat.runtime.settings import settings

HANDFULS_A_BEAT = 10


def tell_news(*, now: datetime) -> int:
    """Write down what is new and go on telling it; how many messages were handed over."""
    for plan in plans.plans():
        _find_news(plan, day_of(now, plan.timezone), now)
    told = 0
    for news in News.objects.filter(told_at=None).order_by("pk"):
        for _handful in range(HANDFULS_A_BEAT):
            sent = _tell(news, now)
            told += sent
            if news.told_at is not None:
                break
    return told


@transaction.atomic
def _find_news(plan: Plan, today: date, now: datetime) -> None:
    """New versions that have not begun, and the announced end: each is news once."""
    found = [
        ("version", terms.version, terms.effective_on)
        for terms in plan.versions[1:]
        if terms.effective_on > today
    ]
    ending = WindDown.objects.filter(plan=plan.id, announced_on__isnull=False).first()
    if ending is not None:
        found.append(("end", "", ending.ends_on))
    known = set(News.objects.filter(plan=plan.id).values_list("kind", "subject"))
    News.objects.bulk_create(
        [
            News(plan=plan.id, kind=kind, subject=subject, on=on, found_at=now)
            for kind, subject, on in found
            if (kind, subject) not in known
        ],
        ignore_conflicts=True,
    )


def _tell(news: News, now: datetime) -> int:
    """One handful of messages; at the last one the news is marked as told."""
    logins = _members_after(news)
    messages = [_message(news, login) for login in logins]
    if messages:
        with asking("messaging", now=now):
            provider().send(*messages, now=now)
        news.up_to = logins[-1].pk
        news.told += len(messages)
    if len(logins) < SEND_MAX:
        news.told_at = now
    news.save(update_fields=["up_to", "told", "told_at"])
    return len(messages)


def _members_after(news: News) -> list[Login]:
    """Logins with a phone, of members and of those who pay for members, in their order."""
    member = Q(person__memberships__plan=news.plan, person__memberships__ends_on=None)
    pays = Q(
        person__household__memberships__plan=news.plan,
        person__household__memberships__ends_on=None,
    )
    found = Login.objects.filter(
        member | pays,
        pk__gt=news.up_to,
        is_staff=False,
        is_active=True,
        sealed_phone__isnull=False,
    )
    return list(found.distinct().order_by("pk")[:SEND_MAX])


def _message(news: News, login: Login) -> Message:
    plan, to = plans.plan(news.plan), reader_of(login)
    assert to is not None
    return Message(
        key=to.key(f"news/{news.plan}/{news.kind}/{news.subject}/{login.pk}"),
        to=to.phone,
        template="new_terms" if news.kind == "version" else "plan_ends",
        data={"plan": plan.name.side(to.language), "on": news.on.isoformat(), "link": _link()},
        language=to.language,
    )


def _link() -> str:
    """The page that says what changes, and how to leave."""
    chosen = settings()
    base = f"https://{chosen.hosts[0]}"
    if chosen.mode != "production":
        base = f"http://{chosen.hosts[0]}:{chosen.port}"
    return f"{base}/cover"
