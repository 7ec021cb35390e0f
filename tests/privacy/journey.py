"""What the planted people do, over HTTP alone: they join, claim, doubt, are helped or declined."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from PIL import Image
from pypdf import PdfReader

from claims.documents_factory import page, written
from privacy import planted
from privacy.installation import moved_to
from privacy.planted import DECLINED, DOUBTFUL, ILL, MEMBERS, STAFF_PERSON, Planted
from sameboat.identity.roles import Role
from sameboat.simulation.client import Client, Object

PLAN = "demo-xiang-hu-bao"
START = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""Noon of Monday, 2 March 2026 in Shanghai; the next publicity day is the 7th."""
CLAIMED = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
PUBLISHED = datetime(2026, 3, 6, 16, 1, tzinfo=UTC)
CLOSED = datetime(2026, 3, 9, 16, 1, tzinfo=UTC)
DEBITED = datetime(2026, 3, 13, 16, 1, tzinfo=UTC)
PAID = datetime(2026, 3, 15, 16, 1, tzinfo=UTC)
"""Monday: the first working day after the debit day."""
PERIOD = date(2026, 3, 7)
VERIFIED_SECONDS_MAX = 120
WINDOW_SECONDS = 30
"""How long a code of the second factor is good."""
ROLES = {
    "hao": (Role.CASE_HANDLER, Role.FINANCE),
    "lin": (Role.SECOND_DECIDER, Role.SUPERVISOR),
    "yin": (Role.INSURER,),
    "tan": (Role.INVESTIGATOR,),
    # A token of staff lasts twelve hours; other people work when the case is published.
    "mo": (Role.CASE_HANDLER,),
    "ru": (Role.SECOND_DECIDER,),
}


@dataclass
class Journey:
    """The planted people as they are signed in, and what they hold."""

    api: Client
    secrets: dict[str, str] = field(default_factory=dict)
    """Codes and tokens that were told to somebody."""
    windows: dict[str, int] = field(default_factory=dict)
    """The window of the last second factor of each staff login."""
    clients: dict[str, Client] = field(default_factory=dict)
    memberships: dict[str, str] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)

    def everybody_joins(self) -> None:
        for who in MEMBERS:
            own = self._signed_in(who)
            joined = own.join(**self._application(self._verified(own, who)))
            self.memberships[who.name] = joined["ref"]

    def two_claim(self) -> None:
        moved_to(self.api, CLAIMED)
        for who in (ILL, DECLINED):
            self.claims[who.name] = self._handed_in(who)

    def one_is_believed_and_one_is_not(self) -> None:
        hao, lin, yin, tan = (self._staff(name) for name in ("hao", "lin", "yin", "tan"))
        (investigator,) = yin.investigators()
        for ref in self.claims.values():
            yin.assign(ref, investigator_id=investigator["id"])
            tan.report(ref, finding="confirmed", report=planted.REPORT)
        self._documents_are_shown(hao, self.claims[ILL.name])
        lin.confirm(
            hao.propose(self.claims[ILL.name], benefit_row="severe-39", reason=planted.PROPOSAL)
        )
        lin.confirm(
            hao.decline(
                self.claims[DECLINED.name],
                clause="claims.evidence_required",
                reason_code="not_proven",
                reason=planted.DECLINE,
            )
        )
        self.clients[DECLINED.name].appeal(self.claims[DECLINED.name], text=planted.APPEAL)

    def one_is_doubted(self) -> None:
        moved_to(self.api, PUBLISHED)
        mo, ru = self._staff("mo"), self._staff("ru")
        objection = self.clients[DOUBTFUL.name].object_to(
            self.claims[ILL.name], reason_code="began_earlier", text=planted.OBJECTION
        )
        ru.confirm(mo.answer_objection(objection, outcome="dismissed", reason=planted.ANSWER))

    def the_period_is_settled_and_paid(self) -> None:
        for instant in (CLOSED, DEBITED, PAID):
            moved_to(self.api, instant)
        claims = {name: self.clients[name].claim(ref) for name, ref in self.claims.items()}
        assert claims[ILL.name]["state"] == "PAID"
        assert claims[DECLINED.name]["state"] == "BOARD"
        assert claims[DECLINED.name]["decline"]["words"] == planted.DECLINE
        assert claims[ILL.name]["stated"]["statement"] == planted.STATEMENT
        assert claims[ILL.name]["payee"]["name"] == planted.PAYEE_NAME

    def receipts(self) -> Iterator[tuple[str, str]]:
        """Name and text of every file that somebody can take away as a proof."""
        yield "policy.json", self.api.policy()["text"]
        yield "head.note", self.api.head()["note"]
        for who in MEMBERS:
            own, ref = self.clients[who.name], self.memberships[who.name]
            yield from _files(f"join-{ref}", own.join_receipt(ref), "join")
            for share in own.shares(ref):
                day = date.fromisoformat(share["publicity_on"])
                yield from _files(f"share-{ref}-{day}", own.certificate(ref, day), "share")
        for name, ref in self.claims.items():
            for entry in self.clients[name].claim(ref)["history"]:
                yield from _files(entry["hash"], self.api.receipt(entry["hash"]))

    def _signed_in(self, who: Planted) -> Client:
        attempt = self.api.ask_code(who.phone)
        code = next(sent["code"] for sent in self.api.demo_codes(who.phone) if sent["code"])
        self.secrets[f"sign-in code of {who.name}"] = code
        return self._kept(who.name, self.api.signed_in(attempt, code))

    def _staff(self, name: str) -> Client:
        code = format_hotp_value(hotp_value(planted.TOTP_SECRET, self.fresh_window(name)))
        return self._kept(name, self.api.staff_signed_in(name, planted.PASSWORD, code))

    def fresh_window(self, name: str) -> int:
        """The window of 30 seconds whose code this login has not used, with time left to send it.

        A second factor works once: who signs in again in the same window waits for the next.
        """
        while True:
            window, gone = divmod(time.time(), WINDOW_SECONDS)
            if int(window) > self.windows.get(name, 0) and gone < WINDOW_SECONDS - 2:
                self.windows[name] = int(window)
                return int(window)
            time.sleep(0.2)

    def _kept(self, name: str, client: Client) -> Client:
        _, _, self.secrets[f"token of {name}"] = client._headers()["Authorization"].partition(" ")
        self.clients[name] = client
        return client

    def _verified(self, own: Client, who: Planted) -> str:
        """Their person, once the worker has asked the gateway."""
        ref = own.verify(
            relation="self", document_kind="resident_id", document_number=who.number, name=who.name
        )
        give_up_at = time.monotonic() + VERIFIED_SECONDS_MAX
        while (answer := own.verification(ref))["outcome"] is None:
            assert time.monotonic() < give_up_at, "the gateway was not asked"
            time.sleep(0.1)
        assert answer["outcome"] == "match"
        person: str = answer["person_ref"]
        return person

    def _application(self, person_ref: str) -> dict[str, Any]:
        questions = self.api.questions(PLAN)
        return {
            "person_ref": person_ref,
            "plan": PLAN,
            "answers": {each["id"]: not each["bars_on"] for each in questions["questions"]},
            "questions_version": questions["version"],
            "disclosure_version": self.api.disclosure(PLAN)["version"],
        }

    def _handed_in(self, who: Planted) -> str:
        own = self.clients[who.name]
        ref = own.draft_claim(
            membership_ref=self.memberships[who.name],
            illness="2",
            severity="severe",
            accident=True,
            diagnosed_on=CLAIMED.date() - timedelta(days=1),
            hospital=planted.HOSPITAL,
            statement=planted.STATEMENT,
            payee_name=planted.PAYEE_NAME,
            payee_phone=planted.PAYEE_PHONE,
            payee_document_kind="resident_id",
            payee_document_number=planted.PAYEE_NUMBER,
        )
        own.open_claim(ref)
        (me,) = own.persons()
        assert me["name"] == who.name
        for purpose in ("health_data", "publication"):
            own.consent(me["person_ref"], purpose=purpose)
        own.add_evidence(ref, kind="identity", content=photo(ref), filename="photo.jpg")
        own.add_evidence(ref, kind="diagnosis", content=plain_pdf(ref), filename=planted.FILENAME)
        own.add_evidence(ref, kind="diagnosis", content=packed_pdf(ref), filename=planted.FILENAME)
        own.seal_claim(ref)
        return ref

    def _documents_are_shown(self, staff: Client, ref: str) -> None:
        """The planted sentences are there for who may read them, or the search proves nothing."""
        view = staff.staff_claim(ref)
        documents = [staff.evidence(each["ref"]) for each in view["evidence"]]
        pdfs = [PdfReader(io.BytesIO(each)) for each in documents if each.startswith(b"%PDF")]
        texts = " ".join(each.pages[0].extract_text() for each in pdfs)
        assert planted.PDF_PLAIN in texts
        assert planted.PDF_PACKED in texts


def staff_of_the_installation() -> list[Object]:
    """A person for each login; one of them has the planted name and number."""
    people = [
        STAFF_PERSON,
        *(
            Planted(name=f"职员{n}", born_on=date(1980 + n, 6, n), sex="m", phone="")
            for n in range(1, len(ROLES))
        ),
    ]
    return [
        {
            "login": login,
            "name": person.name,
            "number": person.number,
            "born_on": person.born_on.isoformat(),
            "sex": person.sex,
            "roles": roles,
            "password": planted.PASSWORD,
            "totp_secret": planted.TOTP_SECRET,
        }
        for (login, roles), person in zip(ROLES.items(), people, strict=True)
    ]


def photo(ref: str) -> bytes:
    """A photo whose EXIF says where it was taken; no other photo is like it."""
    image = Image.new("RGB", (320, 240), f"#{ref[:6]}")
    exif = Image.Exif()
    exif[0x010E] = planted.EXIF
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    assert planted.EXIF.encode() in out.getvalue()
    return out.getvalue()


def plain_pdf(ref: str) -> bytes:
    """A PDF in whose bytes the sentence can be read."""
    content = written(page(sentence=planted.PDF_PLAIN, author=f"{planted.PDF_AUTHOR} {ref}"))
    assert planted.PDF_PLAIN.encode() in content
    return content


def packed_pdf(ref: str) -> bytes:
    """A PDF that has its sentence packed."""
    writer = page(sentence=planted.PDF_PACKED, author=f"{planted.PDF_AUTHOR} {ref}")
    for each in writer.pages:
        each.compress_content_streams()
    content = written(writer)
    assert planted.PDF_PACKED.encode() not in content
    return content


def _files(name: str, answer: Object, more: str = "") -> Iterator[tuple[str, str]]:
    """The files of a receipt, as `sameboat verify` wants them beside each other."""
    yield f"{name}.tlog-proof", answer["proof"]
    yield f"{name}.entry.json", answer["entry"]
    if more:
        yield f"{name}.{more}.json", answer[more]
