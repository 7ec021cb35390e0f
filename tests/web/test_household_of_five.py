"""A household of five with a birth, a coma and a death goes through the pages without a dead end.

Xia pays for herself, her grown-up daughter Lu and the newborn. Her mother-in-law Yun pays for
herself and for her son Gang, Xia's husband. All of it happens by page, without JavaScript; what a
worker does meanwhile is done by the test. At each turn everybody walks through every page that
they can reach, and presses every button.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

import pool
import society
from claims.documents_factory import photo
from console.staff import SECOND, SUPERVISOR, at_desk
from sameboat.claims.models import Claim
from sameboat.cli.check import run_checks
from sameboat.gateways.messaging.sandbox import outbox
from sameboat.members.actions import send_consent_code
from sameboat.members.models import ConsentCode, Membership
from sameboat.payments import actions as payments
from sameboat.plans.queries import plan
from sameboat.record import actions as record
from sameboat.runtime import clock
from society import PLAN, START, Somebody
from web.pages import verified_meanwhile
from web.walking import Walker, dead_ends, signed_in_by_phone

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
XIA = Somebody(name="夏小荷", born_on=date(1986, 4, 4), sex="f", phone="+8613900000201")
GANG = Somebody(name="陈志刚", born_on=date(1987, 5, 5), sex="m", phone="+8613900000202")
YUN = Somebody(name="云秀英", born_on=date(1967, 6, 6), sex="f", phone="+8613900000203")
LU = Somebody(name="陈露", born_on=date(2007, 7, 7), sex="f", phone="+8613900000204")
NEWBORN = Somebody(name="陈安安", born_on=date(2026, 2, 1), sex="m")
CERTIFICATE = "R440123452"
NAME_BEFORE = "陈宝宝"

Move = Callable[[datetime], None]


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> Move:
    """The clock of the pages, which stands where the story is."""

    def to(instant: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: instant)

    to(START)
    return to


def comes(somebody: Somebody) -> Walker:
    """Somebody signs in with a phone and the code that it receives."""
    walker = signed_in_by_phone(Client(headers={"accept-language": "en"}), somebody.phone)
    return walker.presses("Sign in", {"code": outbox(to=somebody.phone)[0].data["code"]})


def verifies(walker: Walker, somebody: Somebody, relation: str) -> Walker:
    """Step 1 and 2 of joining: who, and the document."""
    walker.opens(reverse("web:join_who", args=[PLAN])).presses("Continue", {relation: True})
    walker.presses("Verify", {"Full name": somebody.name, "Document number": somebody.number})
    verified_meanwhile()
    return walker.follows("Look again")


def declares(walker: Walker) -> Walker:
    """Steps 3 to 5: healthy, everything agreed to."""
    answers = {f"q_{q.id}": "no" for q in plan(PLAN).versions[-1].joining.questions}
    walker.presses("Continue", answers)
    agreed = ("I have read the disclosure", "My health answers", "My shares may be debited")
    return walker.presses("Continue", dict.fromkeys(agreed, True)).presses("Join")


def joins(walker: Walker, somebody: Somebody, relation: str = "Myself") -> Membership:
    verifies(walker, somebody, relation)
    declares(walker).says(somebody.name)
    return Membership.objects.latest("id")


def born_by_certificate(walker: Walker) -> Walker:
    """The newborn has no ID yet: the birth certificate tells neither birth nor sex."""
    walker.opens(reverse("web:join_who", args=[PLAN])).presses("Continue", {"My child": True})
    born = NEWBORN.born_on
    stated = {
        "document_kind": "birth_certificate",
        "Full name": NAME_BEFORE,
        "Document number": CERTIFICATE,
        "born_on_0": str(born.year),
        "born_on_1": str(born.month),
        "born_on_2": str(born.day),
        "sex": "m",
    }
    walker.presses("Verify", stated)
    verified_meanwhile()
    return walker.follows("Look again")


def all_walk(*walkers: Walker) -> None:
    """Everybody goes everywhere."""
    found = [wrong for walker in walkers for wrong in dead_ends(walker.client)]
    assert not found, "\n".join(found)


def test_a_household_of_five(days: Move) -> None:
    pool.filled(2)
    xia, yun = comes(XIA), comes(YUN)
    all_walk(xia)
    joins(xia, XIA)
    daughter = joins(xia, LU, "My child")
    joins(yun, YUN)
    father = joins(yun, GANG, "My child")
    has_a_child(xia, days)
    agrees_by_code(yun, father)
    never_agrees(xia, daughter)
    all_walk(xia, yun)
    claim = files_for_her_husband(xia, yun, father, days)
    all_walk(xia, yun)
    yun_dies(yun, days)
    goes_on(xia, claim, father)
    all_walk(xia, comes(YUN))
    named_anew(xia, days)
    is_paid(xia, claim, days)
    the_daughter_is_told(daughter, days)
    all_walk(xia)
    assert [done for done in run_checks() if done.findings] == []


def has_a_child(xia: Walker, days: Move) -> None:
    """On day 29 the newborn is too young, and it is said from when on; on day 30 he joins."""
    days(START)
    born_by_certificate(xia)
    declares(xia).says("30 days")
    days(START + DAY)
    xia.opens(reverse("web:join_who", args=[PLAN])).presses("Continue", {"My child: 陈宝宝": True})
    declares(xia).says(NAME_BEFORE, "Nothing was paid")


def agrees_by_code(yun: Walker, father: Membership) -> None:
    """Her grown-up son has a telephone and no patience: he reads the code to her."""
    yun.opens(reverse("web:cover")).follows("Agree in person")
    yun.presses("Send the code", {"phone": GANG.phone})
    send_consent_code(code_id=ConsentCode.objects.get().id, now=clock.now())
    yun.presses("Confirm", {"code": outbox(to=GANG.phone)[0].data["code"]})
    father.refresh_from_db()
    assert father.consented_on is not None


def never_agrees(xia: Walker, daughter: Membership) -> None:
    """The code goes out, and Lu does not answer."""
    xia.opens(reverse("web:consent", args=[daughter.ref]))
    xia.presses("Send the code", {"phone": LU.phone}).says("on its way")
    xia.opens(reverse("web:cover")).says("has not agreed yet. Cover starts only with that.")


def files_for_her_husband(xia: Walker, yun: Walker, father: Membership, days: Move) -> Claim:
    """Gang lies in a coma after an accident. His wife is not his payer: she says why she files.

    His mother acts for him already, and agrees that his wife does, too.
    """
    days(pool.at(date(2026, 3, 4), 9))
    xia.opens(reverse("web:household")).follows("Verify somebody of my family")
    xia.presses(
        "Verify",
        {"My spouse": True, "Full name": GANG.name, "Document number": GANG.number},
    )
    verified_meanwhile()
    xia.follows("Look again").says("They are asked to agree")
    all_walk(xia, yun)
    yun.opens(reverse("web:household")).says(XIA.name).presses("Agree")
    xia.opens(reverse("web:claim_begin")).follows(GANG.name).presses("Continue", {"illness": "1"})
    happened = {
        **typed("diagnosed_on", 2026, 3, 3),
        **typed("accident_at", 2026, 3, 3, 9),
        "accident": "yes",
        "acting": "unconscious",
        "Hospital": "协和医院",
        "What happened?": "车祸后昏迷",
    }
    xia.presses("Continue", happened)
    xia.presses("Continue", {"Who is to receive": YUN.name, "Their mobile": YUN.phone})
    xia.presses("Save and go on").presses("Put it on the record and add documents")
    for kind in ("identity", "diagnosis", "authority"):
        shown = SimpleUploadedFile(f"{kind}.jpg", photo(kind), content_type="image/jpeg")
        xia.presses("Add", {"kind": kind, "documents": [shown]})
    xia.follows("Agree and hand in")
    agreed = ("health_data", "sharing_insurer", "publication")
    xia.presses("Hand in", dict.fromkeys(agreed, "on")).says("handed in")
    record.sequence(now=clock.now())
    return Claim.objects.get(membership=father)


def typed(name: str, *parts: int) -> dict[str, str]:
    """A day, and an hour, as they are typed."""
    return {f"{name}_{number}": str(part) for number, part in enumerate(parts)}


def yun_dies(yun: Walker, days: Move) -> None:
    """Two of the staff record it. Her login closes with it."""
    days(pool.at(date(2026, 3, 5), 9))
    desk = Walker(at_desk(SUPERVISOR)).opens(reverse("console:members"))
    desk.presses("Find", {"phone": YUN.phone}).follows("Record a death")
    desk.presses("Record the death", typed("died_on", 2026, 3, 5)).says("A second person")
    other = Walker(at_desk(SECOND)).opens(reverse("console:members")).follows("云○○")
    other.presses("Record the death", typed("died_on", 2026, 3, 5)).says("The death is recorded")
    assert yun.opens(reverse("web:mine")).address.startswith(reverse("account_request_login_code"))


def goes_on(xia: Walker, claim: Claim, father: Membership) -> None:
    """The claim and the household of the dead: another payee, another payer."""
    xia.opens(reverse("web:claims")).follows(GANG.name).says("The payee was not confirmed")
    xia.follows("Name another payee")
    xia.presses("Save", {"Who is to receive": XIA.name, "Their mobile": XIA.phone})
    xia.says("It is changed", "verified")
    xia.opens(reverse("web:cover")).says("The payer has died").follows("Take over as payer")
    xia.says(GANG.name).presses("I take over")
    father.refresh_from_db()
    assert father.household.payer == society.signed_in(XIA).person
    claim.refresh_from_db()
    assert claim.state == "SEALED"


def named_anew(xia: Walker, days: Move) -> None:
    """The newborn has an ID now, under the name that he got; staff compare both."""
    days(pool.at(date(2026, 3, 6), 9))
    xia.opens(reverse("web:household")).says(NAME_BEFORE)
    links = [href for href, said in xia.page.links if NAME_BEFORE in said and "document" in href]
    xia.opens(links[0])
    xia.presses("Verify", {"Full name": NEWBORN.name, "Document number": NEWBORN.number})
    verified_meanwhile()
    xia.follows("Look again").says("compares the documents")
    Walker(at_desk(SECOND)).opens(reverse("console:documents")).presses("The same person")
    xia.opens(reverse("web:household")).says(NEWBORN.name)


def is_paid(xia: Walker, claim: Claim, days: Move) -> None:
    """Decided by two, shown to the members, divided, debited and paid."""
    pool.assessed(claim.ref, "severe-39", now=clock.now())
    days(pool.at(pool.D, 9))
    pool.settled_until(clock.now())
    xia.opens(reverse("web:claim", args=[claim.ref])).says("Shown to the members until")
    pool.announced()
    for on in (date(2026, 3, 14), date(2026, 3, 17)):
        days(pool.at(on, 9))
        payments.advance(plan_id=PLAN, now=clock.now())
        record.sequence(now=clock.now())
    xia.opens(reverse("web:claim", args=[claim.ref])).says("Paid")
    xia.opens(reverse("web:cover")).says("was helped once")


def the_daughter_is_told(daughter: Membership, days: Move) -> None:
    """When the waiting is over Lu is not covered, and whoever looks is told so."""
    days(pool.at(daughter.covered_from, 9))
    lu = comes(LU)
    verifies(lu, LU, "Myself")
    lu.opens(reverse("web:cover")).says("has not agreed yet")
    all_walk(lu)
