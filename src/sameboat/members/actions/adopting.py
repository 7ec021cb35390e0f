"""New terms of a plan by four eyes: one person proposes a rulebook, another one adopts it.

Nothing is promised before it is adopted: then it is on the record, members are told, and can leave
before a new version takes effect.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from django.db import IntegrityError, transaction

from sameboat.identity.actions import audit
from sameboat.identity.models import Login
from sameboat.identity.queries import NotAllowed, require_role, staff
from sameboat.identity.roles import Role
from sameboat.members.actions.joining import PlanEnds
from sameboat.members.models import ProposedRulebook, WindDown
from sameboat.plans import catalogue
from sameboat.plans import queries as plans
from sameboat.plans.actions import adopt_files, check_follows
from sameboat.plans.models import Rulebook
from sameboat.rules.calendar import day_of
from sameboat.rules.rulebook import lists_named, parse
from sameboat.rules.rulebook_files import BadRulebook, Problem, id_named
from sameboat.rules.terms import Plan
from sameboat.runtime.refusals import Language, Refusal

_PLAN_ID = re.compile(r"[a-z0-9-]{1,64}\Z")
_TOLD_MAX = 100


class RulebookFaulty(Refusal):
    """The rulebook has faults; all of them are named at once."""

    code = "rulebook_faulty"
    en = "The rulebook cannot be used: {problems}"
    zh = "条款文件无法使用：{problems}"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems[:_TOLD_MAX]
        super().__init__(problems=tuple(each.explain("en") for each in self.problems))

    def explain(self, language: Language) -> str:
        sentence = self.zh if language == "zh" else self.en
        return sentence.format(problems="\n".join(self.lines(language)))

    def lines(self, language: Language) -> list[str]:
        """One line for each fault."""
        return [each.explain(language) for each in self.problems]


class RulebookAdopted(Refusal):
    """The plan runs by this very rulebook already."""

    code = "rulebook_adopted"
    en = "{plan} runs by this very rulebook already: there is nothing new in it."
    zh = "{plan} 正按这份条款运行，没有新的内容。"


class RulebookProposed(Refusal):
    """Another rulebook of the plan waits for the second person."""

    code = "rulebook_proposed"
    en = "Another rulebook of {plan} waits for the second person; adopt or drop that first."
    zh = "{plan} 已有一份待复核的条款，请先采用或撤销。"


class NoProposedRulebook(Refusal):
    """No rulebook of this plan waits for the second person."""

    code = "no_proposed_rulebook"
    en = "No rulebook of {plan} waits for a second person."
    zh = "{plan} 没有待复核的条款。"


class RulebookFourEyes(Refusal):
    """Who proposed the rulebook cannot also adopt it."""

    code = "rulebook_four_eyes"
    en = "Another supervisor has to adopt this, not the one who proposed it."
    zh = "须由另一位主管采用，不能是提出人本人。"


class RulebookNeedsTwo(Refusal):
    """There is staff: nobody adopts a rulebook alone any more, also not at the command line."""

    code = "rulebook_needs_two"
    en = (
        "There is staff here, so a rulebook takes two persons: a plan designer proposes it on the "
        "staff page “Plans” or by POST /staff/rulebooks, and a supervisor adopts it there."
    )
    zh = (
        "本安装已有工作人员，采用条款须由两人完成："
        "计划设计人员在员工页面「互助计划」或通过 POST /staff/rulebooks 提交，主管复核后采用。"
    )


@transaction.atomic
def adopt_before_staff(*, plan_id_or_path: str | Path, now: datetime) -> Rulebook:
    """Adopt a rulebook of the catalogue or of a file alone, as long as nobody works here yet.

    One that the plan runs by already changes nothing, whoever works here.
    """
    files = catalogue.read(plan_id_or_path)
    plan = _parsed(files)
    if not _runs_by(plan):
        if any(line.active for line in staff()):
            raise RulebookNeedsTwo()
        _refuse_after_the_end(plan.id)
    return adopt_files(files=files, now=now)


@transaction.atomic
def propose_rulebook(*, login_id: int, content: bytes, now: datetime) -> ProposedRulebook:
    """Propose a rulebook with new terms, or of a new plan; nothing changes before it is adopted.

    Illness lists are those of the plan's present rulebook and of the catalogue. Refuses with every
    fault at once (`RulebookFaulty`), what changes a promise, and what is announced too late.
    """
    require_role(login_id, Role.PLAN_DESIGNER)
    files = _with_lists(content)
    plan = _parsed(files)
    if _runs_by(plan):
        raise RulebookAdopted(plan=plan.id)
    _refuse_after_the_end(plan.id)
    check_follows(plan, today=day_of(now, plan.timezone))
    try:
        with transaction.atomic():
            proposed = ProposedRulebook.objects.create(
                plan=plan.id,
                files=[[name, text.decode()] for name, text in files.items()],
                content_hash=plan.content_hash,
                proposed_by_id=login_id,
                proposed_at=now,
            )
    except IntegrityError:
        raise RulebookProposed(plan=plan.id) from None
    audit(login_id=login_id, verb="plan.propose_version", subject=plan.id, now=now)
    return proposed


@transaction.atomic
def adopt_rulebook(*, login_id: int, plan_id: str, now: datetime) -> Rulebook:
    """Agree to a proposed rulebook: from now on it is announced, and its entry is on the record.

    The notice is counted from today, so what waited too long is refused now.
    """
    require_role(login_id, Role.SUPERVISOR)
    proposed = ProposedRulebook.objects.select_related("proposed_by").filter(plan=plan_id).first()
    if proposed is None:
        raise NoProposedRulebook(plan=plan_id)
    if _person_of(login_id) == _person_of(proposed.proposed_by_id):
        raise RulebookFourEyes()
    _refuse_after_the_end(plan_id)
    if ProposedRulebook.objects.filter(pk=proposed.pk).delete()[0] != 1:
        raise NoProposedRulebook(plan=plan_id)
    adopted = adopt_files(files=files_of(proposed), now=now)
    audit(login_id=login_id, verb="plan.adopt_version", subject=plan_id, now=now)
    return adopted


@transaction.atomic
def drop_rulebook(*, login_id: int, plan_id: str, now: datetime) -> None:
    """Take the proposal back, or do not agree to it: the terms stay as they are."""
    require_role(login_id, Role.PLAN_DESIGNER, Role.SUPERVISOR)
    if not ProposedRulebook.objects.filter(plan=plan_id).delete()[0]:
        raise NoProposedRulebook(plan=plan_id)
    audit(login_id=login_id, verb="plan.drop_version", subject=plan_id, now=now)


def files_of(proposed: ProposedRulebook) -> dict[str, bytes]:
    """The files of a proposed rulebook, the TOML file first."""
    return {name: text.encode() for name, text in proposed.files}


def _with_lists(content: bytes) -> dict[str, bytes]:
    """The file with the lists that it names; one that nobody knows is left out, `parse` says so.

    A stranger's file names lists, never paths: only what is known by that very name is read.
    """
    plan_id = id_named(content)
    known = catalogue.lists_of_the_catalogue() | plans.newest_files(plan_id)
    # By the plan's id, as in the catalogue: what it was called on somebody's machine says nothing.
    name_of_file = f"{plan_id if _PLAN_ID.match(plan_id) else 'rulebook'}.toml"
    return {name_of_file: content} | {
        name: known[name] for name in lists_named(content) if name in known
    }


def _parsed(files: dict[str, bytes]) -> Plan:
    try:
        return parse(files, name=next(iter(files)))
    except BadRulebook as bad:
        raise RulebookFaulty(bad.problems) from None


def _runs_by(plan: Plan) -> bool:
    """Whether the plan runs by this very rulebook."""
    adopted = bool(plans.newest_files(plan.id))
    return adopted and plans.plan(plan.id).content_hash == plan.content_hash


def _refuse_after_the_end(plan_id: str) -> None:
    if WindDown.objects.filter(plan=plan_id, announced_on__isnull=False).exists():
        raise PlanEnds(plan=plan_id)


def _person_of(login_id: int) -> int:
    person_id = Login.objects.values_list("person_id", flat=True).get(id=login_id)
    if person_id is None:
        raise NotAllowed(needed="a login that belongs to a person")
    return person_id
