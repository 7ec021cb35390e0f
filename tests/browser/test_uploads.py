"""Documents in pieces from Chromium: the line breaks in the middle, and the upload goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

import pool
from browser.conftest import NewContext
from browser.test_member_journey import sign_in
from claims.test_uploads import big
from sameboat.claims import actions as claims
from sameboat.claims.models import Claim, Upload
from sameboat.runtime import clock
from society import ANA, signed_in
from web import test_claims as filing
from web.pages import client_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(new_context: NewContext, live_server: LiveServer) -> Page:
    return new_context(locale="en-GB", base_url=live_server.url).new_page()


@pytest.fixture
def claim() -> Claim:
    ana, _other = pool.filled(1)
    found = filing.drafted(client_of(ANA), ana)
    claims.open_claim(login_id=signed_in(ANA).id, claim_ref=found.ref, now=clock.now())
    return found


def choose(page: Page, claim: Claim, *files: Path) -> None:
    address = reverse("web:claim_documents", args=[claim.ref])
    sign_in(page, ANA, at=address)
    page.get_by_label("What do these show?").select_option("diagnosis")
    page.get_by_label("Photos or PDF files").set_input_files(list(files))
    page.get_by_role("button", name="Add", exact=True).click()


def test_a_broken_line_costs_one_piece(page: Page, claim: Claim, tmp_path: Path) -> None:
    content = big(pieces=3)
    photo = tmp_path / "diagnosis.jpg"
    photo.write_bytes(content)
    sent: list[str] = []

    def breaks(route: Route) -> None:
        """The second piece is lost twice on the way, once before and once after it arrived."""
        offset = route.request.url.rpartition("/")[2]
        sent.append(offset)
        if offset != "262144" or sent.count(offset) > 2:
            route.continue_()
        elif sent.count(offset) == 1:
            route.abort("connectionfailed")
        else:
            route.fetch()
            route.abort("connectionreset")

    page.route("**/uploads/*/*", breaks)
    choose(page, claim, photo)
    expect(page.get_by_role("status")).to_contain_text("The line is broken")
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_text("fingerprint made on your device")).to_be_visible()
    assert sent == ["0", "262144", "262144", "262144", "524288"]
    row = claim.evidence.get()
    assert (row.length, row.hashed_by) == (len(content), "device")


def test_what_is_refused_is_said_beside_its_name(page: Page, claim: Claim, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.jpg", tmp_path / "notes.txt"
    good.write_bytes(big(pieces=1))
    bad.write_bytes(b"no photo")
    choose(page, claim, bad, good)
    expect(page.get_by_role("alert")).to_contain_text("notes.txt: This file is of the type")
    assert claim.evidence.count() == 1


def test_chosen_again_after_the_page_was_closed_it_goes_on(
    page: Page, claim: Claim, tmp_path: Path
) -> None:
    photo = tmp_path / "diagnosis.jpg"
    photo.write_bytes(big(pieces=3))
    page.route("**/uploads/*/524288", lambda route: route.abort())
    choose(page, claim, photo)
    expect(page.get_by_role("status")).to_contain_text("The line is broken")
    assert Upload.objects.get().received == 524_288
    page.unroute("**/uploads/*/524288")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url.rpartition("/")[2]))
    page.goto(reverse("web:claim_documents", args=[claim.ref]))
    page.get_by_label("What do these show?").select_option("diagnosis")
    page.get_by_label("Photos or PDF files").set_input_files(photo)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("fingerprint made on your device")).to_be_visible()
    assert [each for each in sent if each.isdigit()] == ["524288"]
