"""What the planted people type into the forms of the pages: as members, and as staff."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from privacy import planted
from privacy.installation import Installation
from privacy.journey import PLAN, Journey, photo, plain_pdf
from privacy.planted import TYPIST, UNFINISHED, Planted
from privacy.visitor import VERIFIED_SECONDS_MAX, Visitor

QUESTION = re.compile(r'name="(q_[a-z0-9_]+)"')
MEMBERSHIP = re.compile(r"/cover/([0-9a-f]{32})/leave")
MINE = re.compile(r"/mine/data/([0-9a-f]{32})/copy")
ASKED = re.compile(r'name="ref" value="([0-9a-f]{32})"')
COPY = re.compile(r"(/mine/data/requests/[0-9a-f]{32}/copy\.zip)")
DECISION = re.compile(r"(/console/claims/[0-9a-f]+/decisions/\d+/confirm)")


def typed(installation: Installation, journey: Journey) -> None:
    """One member joins, claims, is declined and appeals on the pages; staff judge on theirs."""
    member, hao, lin = (Visitor(f"http://127.0.0.1:{installation.port}") for _ in range(3))
    try:
        _signs_in(member, journey)
        claim = _claims(member, _joins(member))
        for name, desk in (("hao", hao), ("lin", lin)):
            _signs_in_as_staff(desk, journey, name)
        _is_declined(claim, hao, lin)
        member.goes_on(f"/claims/{claim}/appeal", text=planted.TYPED_APPEAL)
        assert planted.TYPED_STATEMENT in member.read(f"/claims/{claim}")
        assert planted.TYPED_DECLINE in member.read(f"/claims/{claim}")
        _asks_about_data(member, lin, journey)
        _stops_halfway(member)
    finally:
        for visitor in (member, hao, lin):
            visitor.close()


def _signs_in(member: Visitor, journey: Journey) -> None:
    ask = "/accounts/login/code/"
    member.stays(ask, phone=planted.MISTYPED_PHONE)
    confirm = member.goes_on(ask, phone=TYPIST.phone).path
    sent = journey.api.demo_codes(TYPIST.phone)
    code = next(each["code"] for each in sent if each["code"])
    journey.secrets["sign-in code of the typist"] = code
    member.goes_on(confirm, code=code)
    journey.secrets["session of the typist"] = member.session()


def _names(member: Visitor, who: Planted, relation: str) -> None:
    """Say who joins, and show the document."""
    step = f"/join/{PLAN}"
    member.goes_on(f"{step}/who", who=f"new:{relation}")
    stated = {"document_kind": "resident_id", "name": who.name, "document_number": who.number}
    member.stays(f"{step}/identity", **stated | {"document_number": planted.MISTYPED_NUMBER})
    member.goes_on(f"{step}/identity", **stated)
    member.waits_for(f"{step}/verification")


def _joins(member: Visitor) -> str:
    """The reference of the membership."""
    step = f"/join/{PLAN}"
    _names(member, TYPIST, "self")
    asked = set(QUESTION.findall(member.read(f"{step}/questions")))
    assert asked
    member.goes_on(f"{step}/questions", **dict.fromkeys(asked, "no"))
    version = re.search(r'name="version" value="([^"]+)"', member.read(f"{step}/agree"))
    assert version is not None
    agreed = dict.fromkeys(("disclosure", "health_data", "debits"), "on")
    member.goes_on(f"{step}/agree", **agreed, version=version[1])
    member.goes_on(f"{step}/check")
    found = MEMBERSHIP.search(member.read("/cover"))
    assert found is not None
    return found[1]


def _claims(member: Visitor, membership: str) -> str:
    """From the search for the illness until the claim is handed in; its reference."""
    step = f"/claims/new/{membership}"
    member.read(f"{step}/illness", q=planted.SEARCHED)
    member.goes_on(f"{step}/illness", illness="2")
    said = {
        "accident": "no",
        "hospital": planted.TYPED_HOSPITAL,
        "statement": planted.TYPED_STATEMENT,
    }
    member.stays(f"{step}/facts", **said)
    day = {"diagnosed_on_0": "2026", "diagnosed_on_1": "3", "diagnosed_on_2": "3"}
    member.goes_on(f"{step}/facts", **said, **day)
    member.stays(f"{step}/payee", payee_name=planted.TYPED_PAYEE, payee_phone="12")
    payee = {
        "payee_name": planted.TYPED_PAYEE,
        "payee_phone": planted.TYPED_PAYEE_PHONE,
        "payee_document_kind": "resident_id",
        "payee_document_number": planted.TYPED_PAYEE_NUMBER,
    }
    member.goes_on(f"{step}/payee", **payee)
    claim = member.goes_on(f"{step}/check").path.rpartition("/")[2]
    documents = f"/claims/{claim}/documents"
    member.goes_on(f"/claims/{claim}/open", on=f"/claims/{claim}")
    picture = ("documents", (planted.FILENAME, photo(claim), "image/jpeg"))
    paper = ("documents", (planted.FILENAME, plain_pdf(claim), "application/pdf"))
    member.goes_on(documents, kind="identity", files=[picture])
    member.goes_on(documents, kind="diagnosis", files=[paper])
    agreed = dict.fromkeys(("health_data", "sharing_insurer", "publication"), "on")
    member.goes_on(f"/claims/{claim}/hand-in", **agreed)
    return claim


def _signs_in_as_staff(desk: Visitor, journey: Journey, name: str) -> None:
    second = desk.goes_on("/accounts/login/", login=name, password=planted.PASSWORD).path
    code = format_hotp_value(hotp_value(planted.TOTP_SECRET, journey.fresh_window(name)))
    desk.goes_on(second, code=code)
    journey.secrets[f"session of {name}"] = desk.session()


def _is_declined(claim: str, hao: Visitor, lin: Visitor) -> None:
    """One proposes to decline it, with reasons; another one confirms."""
    page = f"/console/claims/{claim}"
    hao.goes_on(
        f"{page}/decline",
        clause="claims.evidence_required",
        reason_code="not_proven",
        reason=planted.TYPED_DECLINE,
    )
    found = DECISION.search(lin.read(page))
    assert found is not None
    lin.goes_on(found[1], on=page)


def _asks_about_data(member: Visitor, lin: Visitor, journey: Journey) -> None:
    """A correction, which staff answer, and a copy of everything, fetched with a fresh code."""
    whose = MINE.search(member.read("/mine/data"))
    assert whose is not None
    mine = f"/mine/data/{whose[1]}"
    wrong = {"subject": "name", "wanted": planted.TYPED_NAME, "words": planted.TYPED_WHY}
    member.goes_on(f"{mine}/correct", **wrong)
    ref = ASKED.search(lin.read("/console/data"))
    assert ref is not None
    lin.goes_on("/console/data", ref=ref[1], accept="yes", answer=planted.TYPED_REPLY)
    member.goes_on(f"{mine}/copy", on="/mine/data")
    copy = _found(COPY, lambda: member.read("/mine/data"))
    member.goes_on("/mine/data/prove", send="1")
    code = _found(re.compile(r"\b(\d{6})\b"), lambda: _proof_code(journey))
    journey.secrets["code to the typist's data"] = code
    member.goes_on("/mine/data/prove", code=code)
    assert member.read(copy).startswith("PK")


def _proof_code(journey: Journey) -> str:
    """The code that came last to show who asks; empty while it is on its way."""
    sent = journey.api.demo_codes(TYPIST.phone)
    return next((each["code"] for each in sent if each["template"] == "proof_code"), "")


def _found(what: re.Pattern[str], where: Callable[[], str]) -> str:
    """Look again until it is there."""
    give_up_at = time.monotonic() + VERIFIED_SECONDS_MAX
    while (found := what.search(where())) is None:
        assert time.monotonic() < give_up_at, f"no {what.pattern}"
        time.sleep(0.2)
    return found[1]


def _stops_halfway(member: Visitor) -> None:
    """Somebody of the family is named and verified, and then nothing more is done."""
    _names(member, UNFINISHED, "parent")
