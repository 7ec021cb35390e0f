"""The desk of data requests: answered with words, confirmed by another."""

from __future__ import annotations

import pytest

import society
from console.staff import HANDLER, SECOND, SUPERVISOR, at_desk
from sameboat.identity.models import Person
from sameboat.rights.models import DataRequest
from sameboat.runtime import clock
from society import ANA
from web.pages import client_of, text_of

pytestmark = pytest.mark.django_db


def test_a_name_is_corrected_from_the_members_page_to_the_second_persons_desk() -> None:
    society.running(now=clock.now())
    ana = society.verified(ANA, now=clock.now())
    member = client_of(ANA)
    address = f"/mine/data/{ana.ref}/correct"
    assert member.post(address, {"subject": "sex", "wanted": "x", "words": "?"}).status_code == 200
    said = {"subject": "sex", "wanted": "m", "words": "see my ID"}
    assert member.post(address, said).headers["location"] == "/mine/data"
    first, second = at_desk(SUPERVISOR), at_desk(SECOND)
    page = text_of(first.get("/console/data"))
    assert "see my ID" in page or "A correction" in page
    ref = DataRequest.objects.get().ref
    wrong = first.post("/console/data", {"ref": ref, "accept": "yes", "answer": ""})
    assert wrong.status_code == 409
    first.post("/console/data", {"ref": ref, "accept": "yes", "answer": "Compared with the ID."})
    assert "somebody else looks" in text_of(first.get("/console/data", headers=EN))
    second.post("/console/data", {"ref": ref, "agree": "yes"})
    assert Person.objects.get(id=ana.id).sex == "m"
    assert "Compared with the ID." in text_of(member.get("/mine/data"))


def test_who_does_not_answer_does_not_see_them() -> None:
    society.running(now=clock.now())
    assert at_desk(HANDLER).get("/console/data").status_code == 403


EN = {"accept-language": "en"}
