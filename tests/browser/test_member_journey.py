"""A phone without JavaScript: join, file a claim with two photos, object, read a share's working.

Real Chromium against the live server. What a worker would do meanwhile is done by the test.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

import pool
import society
from browser.conftest import NewContext
from claims.documents_factory import photo
from sameboat.claims import actions as claims
from sameboat.claims.models import Claim, Evidence, Objection
from sameboat.gateways.messaging.sandbox import outbox
from sameboat.members.models import Membership
from sameboat.plans.queries import plan
from sameboat.rules.calendar import day_of
from sameboat.runtime import clock
from society import ANA, FEI, PLAN
from web.pages import verified_meanwhile

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(new_context: NewContext, live_server: LiveServer) -> Page:
    context = new_context(java_script_enabled=False, locale="en-GB", base_url=live_server.url)
    return context.new_page()


def sign_in(page: Page, somebody: society.Somebody, *, at: str) -> None:
    """Open a page, be led to the sign-in, and come back by the code."""
    page.goto(at)
    page.get_by_label("Mobile number").fill(somebody.phone)
    page.get_by_role("button", name="Send me a code").click()
    page.locator("#id_code").fill(outbox(to=somebody.phone)[0].data["code"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{at}")


def proceed(page: Page, name: str = "Continue") -> None:
    page.get_by_role("button", name=name, exact=True).click()


def photos(folder: Path, *names: str) -> list[Path]:
    made = []
    for name in names:
        made.append(folder / f"{name}.jpg")
        made[-1].write_bytes(photo(name))
    return made


def test_ana_joins_and_files_a_claim_with_two_photos(page: Page, tmp_path: Path) -> None:
    society.running(now=clock.now())
    join(page)
    membership = Membership.objects.get()
    expect(page.get_by_role("main")).to_contain_text("Nothing was paid")
    page.goto(reverse("web:cover"))
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("link", name="Ask for aid").click()
    state_the_case(page)
    proceed(page, "Put it on the record and add documents")
    for kind, files in (("diagnosis", ("one", "two")), ("identity", ("card",))):
        page.get_by_label("What do these show?").select_option(kind)
        page.get_by_label("Photos or PDF files").set_input_files(photos(tmp_path, *files))
        proceed(page, "Add")
    page.get_by_role("link", name="Agree and hand in").click()
    page.get_by_label("The documents may be read").check()
    page.get_by_label("The insurer may see this claim").check()
    page.get_by_label("The case may be shown").check()
    proceed(page, "Hand in")
    expect(page.get_by_text("Handed in, being assessed")).to_be_visible()
    claim = Claim.objects.get(membership=membership)
    assert claim.state == "SEALED"
    assert Evidence.objects.filter(claim=claim, kind="diagnosis").count() == 2


def join(page: Page) -> None:
    """From the first page to the confirmation."""
    page.goto("/")
    page.get_by_role("link", name="Join").first.click()
    start = reverse("web:join_who", args=[PLAN])
    sign_in(page, ANA, at=start)
    page.get_by_label("Myself").check()
    proceed(page)
    page.get_by_label("Full name").fill(ANA.name)
    page.get_by_label("Document number").fill(ANA.number)
    proceed(page, "Verify")
    expect(page.get_by_role("status")).to_be_visible()
    verified_meanwhile()
    page.get_by_role("link", name="Look again").click()
    for question in plan(PLAN).versions[-1].joining.questions:
        page.get_by_role("group", name=question.text.en).get_by_label("No").check()
    proceed(page)
    for box in page.get_by_role("checkbox").all():
        box.check()
    proceed(page)
    proceed(page, "Join")


def state_the_case(page: Page) -> None:
    """From the illness to the draft."""
    page.get_by_label("Search by name").fill("I21")
    proceed(page, "Search")
    page.get_by_role("radio").first.check()
    proceed(page)
    today = day_of(clock.now(), "Asia/Shanghai")
    for part, value in (("Year", today.year), ("Month", today.month), ("Day", today.day)):
        for group in ("diagnosed_on", "accident_at"):
            page.locator(f'[id^="id_{group}_"]').and_(page.get_by_label(part, exact=True)).fill(
                str(value)
            )
    page.locator("#id_accident_at_3").fill("0")
    page.get_by_label("Yes").check()
    page.get_by_label("Hospital").fill("协和医院")
    page.get_by_label("What happened?").fill("车祸")
    proceed(page)
    page.get_by_label("Who is to receive the aid?").fill(ANA.name)
    page.get_by_label("Their mobile number").fill("138 0000 0001")
    proceed(page)
    proceed(page, "Save and go on")


@pytest.fixture
def case() -> Claim:
    """Fei has shared one period, and another member's case is shown today."""
    ana, _other = pool.filled(1)
    society.joined(FEI)
    young = pool.another(25)
    second = society.joined(young)
    pool.proposed(ana)
    pool.announced()
    now = clock.now()
    claim = pool.proposed(second, young, now=now - timedelta(days=2))
    today = day_of(now, "Asia/Shanghai")
    assert claims.open_publicity(plan_id=PLAN, publicity_on=today, now=now) == 1
    return claim


def test_fei_objects_and_reads_the_working_of_a_share(page: Page, case: Claim) -> None:
    sign_in(page, FEI, at=reverse("web:cases"))
    page.locator(f'a[href="{reverse("web:case", args=[case.ref])}"]').click()
    page.get_by_role("button", name="Object").click()
    # What is missing is said at the top, with a link to the field.
    expect(page.get_by_role("alert")).to_contain_text("What do you doubt?")
    page.get_by_label("The illness began before cover").check()
    page.get_by_label("Why? What do you know").fill("She was ill last year")
    page.get_by_role("button", name="Object").click()
    expect(page.get_by_text("Your objection was received")).to_be_visible()
    assert Objection.objects.get().reason_code == "began_earlier"
    page.get_by_role("link", name="Shares").click()
    page.locator(f'a[href$="{pool.D}"]').first.click()
    working = page.locator("ol.working")
    expect(working).to_contain_text("less than one fen counts as one fen")
    expect(working).to_contain_text("300.00")
    assert page.locator("ol.working li").count() >= 6
