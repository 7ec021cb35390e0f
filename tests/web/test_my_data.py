"""My data on the pages: a copy after a code, erasure as it is told, who looked."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.test import Client

import society
from sameboat.gateways.messaging import sandbox
from sameboat.identity import actions as identity
from sameboat.identity.models import PhoneCode
from sameboat.rights import actions
from sameboat.rights.actions.correcting import wanted_of
from sameboat.rights.models import DataRequest
from sameboat.runtime import clock
from society import ANA, FEI
from web.pages import client_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Client:
    society.running(now=clock.now())
    society.joined(ANA, now=clock.now())
    return client_of(ANA)


def proves(client: Client, onward: str) -> str:
    """The code is sent, read from the phone and typed in; where that leads."""
    client.post("/mine/data/prove", {"send": "1", "next": onward})
    identity.send_code(code_id=PhoneCode.objects.latest("id").id, now=clock.now())
    code = sandbox.outbox(to=ANA.phone)[0].data["code"]
    return client.post("/mine/data/prove", {"code": code, "next": onward}).headers["location"]


class TestACopy:
    def test_is_asked_for_and_fetched_with_a_code(self, ana: Client) -> None:
        person = society.verified(ANA)
        ana.post(f"/mine/data/{person.ref}/copy")
        request = DataRequest.objects.get()
        assert "being worked on" in text_of(ana.get("/mine/data"))
        again = ana.post(f"/mine/data/{person.ref}/copy")
        assert "asked for this already" in text_of(again)
        actions.make_copy(ref=request.ref, now=clock.now())
        address = f"/mine/data/requests/{request.ref}/copy.zip"
        assert address in ana.get("/mine/data").content.decode()
        led = ana.get(address).headers["location"]
        assert led.startswith("/mine/data/prove?next=")
        assert proves(ana, address) == address
        answer = ana.get(address)
        assert answer.headers["cache-control"] == "no-store"
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert ANA.name in archive.read("data.html").decode()

    def test_of_somebody_else_is_not_there(self, ana: Client) -> None:
        society.verified(FEI)
        ana.post(f"/mine/data/{society.verified(ANA).ref}/copy")
        ref = DataRequest.objects.get().ref
        stranger = client_of(FEI)
        assert stranger.get(f"/mine/data/requests/{ref}/copy.zip").status_code == 404
        for page in ("erase", "looks"):
            address = f"/mine/data/{society.verified(ANA).ref}/{page}"
            assert stranger.get(address).status_code == 404


class TestErasure:
    def test_says_what_goes_and_stays_and_what_is_finished_first(self, ana: Client) -> None:
        person = society.verified(ANA)
        address = f"/mine/data/{person.ref}/erase"
        told = text_of(ana.get(address))
        assert "A membership has not ended yet" in told
        assert "No mark of the document" in told
        assert ana.post(address).headers["location"].startswith("/mine/data/prove")
        assert proves(ana, address) == address
        assert ana.post(address).headers["location"] == "/mine/data"
        page = text_of(ana.get("/mine/data"))
        assert "First this is finished" in page
        ref = DataRequest.objects.get().ref
        ana.post(f"/mine/data/requests/{ref}/withdraw")
        assert "taken back" in text_of(ana.get("/mine/data"))

    def test_who_is_erased_is_signed_out(self) -> None:
        society.running(now=clock.now())
        person = society.verified(ANA, now=clock.now())
        client = client_of(ANA)
        address = f"/mine/data/{person.ref}/erase"
        proves(client, address)
        client.post(address)
        assert actions.erase_due(now=clock.now()) == 1
        assert client.get("/mine/data").headers["location"].startswith("/accounts/login")


def test_a_code_leads_to_no_other_site(ana: Client) -> None:
    for wrong in ("https://example.org/", "//example.org", "/mine/data//example.org", "/console/"):
        assert proves(ana, wrong) == "/mine/data"
        PhoneCode.objects.all().delete()


def test_a_wrong_code_is_said_beside_the_field(ana: Client) -> None:
    ana.post("/mine/data/prove", {"send": "1"})
    answer = ana.post("/mine/data/prove", {"code": "abc"})
    assert "This code is not right" in text_of(answer)


@pytest.mark.parametrize(
    ("subject", "written", "read"),
    [
        ("born_on", "1988年5月4日", "1988-05-04"),
        ("born_on", "1988/5/4", "1988-05-04"),
        ("sex", "女", "f"),
        ("sex", "Male", "m"),
        ("province", "内蒙古自治区", "15"),
        ("province", "hebei", "13"),
        ("name", "安娜", "安娜"),
    ],
)
def test_a_correction_is_read_however_people_write_it(
    ana: Client, subject: str, written: str, read: str
) -> None:
    address = f"/mine/data/{society.verified(ANA).ref}/correct"
    asked = {"subject": subject, "wanted": written, "words": "以身份证为准"}
    assert ana.post(address, asked).headers["location"] == "/mine/data"
    assert wanted_of(DataRequest.objects.get()) == read


@pytest.mark.parametrize(("subject", "written"), [("born_on", "1988年"), ("sex", "x")])
def test_what_none_of_that_kind_can_be_is_refused(ana: Client, subject: str, written: str) -> None:
    address = f"/mine/data/{society.verified(ANA).ref}/correct"
    asked = {"subject": subject, "wanted": written, "words": "以身份证为准"}
    assert "Say what is wrong" in text_of(ana.post(address, asked))
    assert not DataRequest.objects.exists()


class TestConsents:
    def test_what_happens_is_said_before_it_is_done(self, ana: Client) -> None:
        person = society.verified(ANA)
        address = f"/mine/data/{person.ref}/consents"
        page = text_of(ana.get(address))
        assert "Terms and disclosure agreed" in page
        assert "Credit score not agreed" in page
        told = text_of(ana.get(f"{address}/terms"))
        assert "This plan is left: Xiang Hu Bao (demonstration)" in told
        assert ana.post(f"{address}/terms").headers["location"] == address
        assert "Terms and disclosure taken back" in text_of(ana.get(address))
        assert ana.get(f"{address}/terms").status_code == 404

    def test_a_consent_is_given_with_one_tap(self, ana: Client) -> None:
        address = f"/mine/data/{society.verified(ANA).ref}/consents"
        assert ana.post(address, {"purpose": "credit_score"}).headers["location"] == address
        assert "Credit score agreed" in text_of(ana.get(address))
        assert client_of(FEI).get(address).status_code == 404
