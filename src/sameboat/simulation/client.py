"""A thin client of the API: one method for each verb, for the demo, the benches and integrators.

    api = Client("http://127.0.0.1:8000")
    wen = api.signed_in(sign_in, code)      # a client with Wen's access token
    ref = wen.verify(relation="self", document_kind="resident_id", document_number=…, name=…)

Answers are the JSON of `docs/api.md`. What the server refuses raises `Problem` with its code. Every
change carries an idempotency key; give the same `key` to send the same request again.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from types import TracebackType
from typing import Any, cast
from urllib.parse import urlencode

import urllib3

Object = dict[str, Any]
Form = Mapping[str, str | tuple[str, bytes]]
TIMEOUT_SECONDS = 30.0
CONNECTIONS_MAX = 64
API = "/api/v1"
_ONWARD = re.compile('<([^>]+)>; rel="next"')


class Problem(Exception):
    """The server's answer to a request that could not be done (RFC 9457)."""

    def __init__(self, status: int, body: Object) -> None:
        self.status = status
        self.code: str = body.get("code", "")
        self.detail: str = body.get("detail", "")
        self.data: Object = body.get("data", {})
        super().__init__(f"{status} {self.code}: {self.detail}")


class Client:
    """Speaks to one server, signed in or not. Safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        *,
        token: str = "",
        language: str = "en",
        http: urllib3.PoolManager | None = None,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._token = token
        self._language = language
        self._http = http or urllib3.PoolManager(
            maxsize=CONNECTIONS_MAX, block=True, timeout=TIMEOUT_SECONDS, retries=False
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.clear()

    def with_token(self, token: str) -> Client:
        """The same server and connections, signed in with `token`."""
        return Client(self._base, token=token, language=self._language, http=self._http)

    # Signing in

    def ask_code(self, phone: str) -> str:
        """Have a code sent; what to give back together with it."""
        return cast(str, self._post("/sign-in", {"phone": phone})["sign_in"])

    def signed_in(self, sign_in: str, code: str) -> Client:
        """Show the code; a client that is signed in."""
        answer = self._post("/sign-in/confirm", {"sign_in": sign_in, "code": code})
        return self.with_token(answer["token"])

    def staff_signed_in(self, name: str, password: str, totp: str) -> Client:
        """Sign in a member of the staff; the token lasts 12 hours."""
        body = {"name": name, "password": password, "totp": totp}
        return self.with_token(self._post("/sign-in/staff", body)["token"])

    def demo_signed_in(self, phone: str) -> Client:
        """Sign in by phone where the installation is a demo: the code is read from the sandbox."""
        sign_in = self.ask_code(phone)
        sent = next(message for message in self.demo_codes(phone) if message["code"])
        return self.signed_in(sign_in, sent["code"])

    def sign_out(self) -> None:
        """End the token."""
        self._post("/sign-out", {})

    def self(self) -> Object:
        """Who is signed in."""
        return self._get("/self")

    # Plans

    def plans(self) -> list[Object]:
        return self._list("/plans")

    def plan(self, plan: str) -> Object:
        return self._get(f"/plans/{plan}")

    def terms(self, plan: str, *, on: date | None = None) -> Object:
        """The version in force on a day, with benefits and illnesses."""
        return self._get(f"/plans/{plan}/terms", {"on": on.isoformat()} if on else None)

    def disclosure(self, plan: str) -> Object:
        return self._get(f"/plans/{plan}/disclosure")

    def questions(self, plan: str) -> Object:
        return self._get(f"/plans/{plan}/questions")

    def periods(self, plan: str) -> list[Object]:
        return self._list(f"/plans/{plan}/periods")

    def period(self, plan: str, publicity_on: date) -> Object:
        return self._get(f"/plans/{plan}/periods/{publicity_on.isoformat()}")

    # People

    def verify(
        self,
        *,
        relation: str,
        document_kind: str,
        document_number: str,
        name: str,
        born_on: date | None = None,
        sex: str | None = None,
        occupation_class: str = "",
        key: str = "",
    ) -> str:
        """Ask that a person be verified; the reference under which the answer comes."""
        body: Object = {
            "relation": relation,
            "document_kind": document_kind,
            "document_number": document_number,
            "name": name,
            "occupation_class": occupation_class,
        }
        if born_on is not None:
            body["born_on"] = born_on.isoformat()
        if sex is not None:
            body["sex"] = sex
        return _ref(self._post("/verifications", body, key))

    def verification(self, ref: str) -> Object:
        """`outcome` is None while the gateway has not answered."""
        return self._get(f"/verifications/{ref}")

    def persons(self) -> list[Object]:
        return self._list("/persons")

    def consent(self, person_ref: str, *, purpose: str, version: str = "1", key: str = "") -> None:
        body = {"purpose": purpose, "version": version}
        self._post(f"/persons/{person_ref}/consents", body, key)

    def revoke_consent(self, person_ref: str, *, purpose: str, key: str = "") -> None:
        self._post(f"/persons/{person_ref}/consents/revoke", {"purpose": purpose}, key)

    # Memberships

    def join(
        self,
        *,
        person_ref: str,
        plan: str,
        answers: Mapping[str, bool],
        questions_version: str,
        disclosure_version: str,
        occupation_class: str = "",
        region: str = "",
        key: str = "",
    ) -> Object:
        """`ref`, `joined_on`, `covered_from` and `ticket` of the new membership."""
        body = {
            "person_ref": person_ref,
            "plan": plan,
            "answers": dict(answers),
            "questions_version": questions_version,
            "disclosure_version": disclosure_version,
            "occupation_class": occupation_class,
            "region": region,
        }
        return self._post("/memberships", body, key)

    def memberships(self) -> list[Object]:
        return self._list("/memberships")

    def membership(self, ref: str) -> Object:
        return self._get(f"/memberships/{ref}")

    def take_over(self, ref: str) -> None:
        """Pay from the next lock on for a household whose payer has died."""
        self._post(f"/memberships/{ref}/take-over", {})

    def ask_transfer(self, ref: str, *, disclosure_version: str) -> None:
        """Go on in the plan that the membership's `transfer` names, on becoming too old."""
        self._post(f"/memberships/{ref}/transfer", {"disclosure_version": disclosure_version})

    def record_death(self, person_ref: str, *, died_on: str) -> None:
        """Staff: enter that a person died; a second person's like entry records it."""
        self._post(f"/staff/persons/{person_ref}/death", {"died_on": died_on})

    def ask_consent(self, ref: str, *, phone: str) -> None:
        """Send the adult of a membership that one joined for them a code to their own phone."""
        self._post(f"/memberships/{ref}/ask-consent", {"phone": phone})

    def agree(self, ref: str, *, code: str | None = None) -> bool:
        """Agree to a membership that somebody else joined; False for a wrong code."""
        return bool(self._post(f"/memberships/{ref}/agree", {"code": code})["agreed"])

    def new_document(self, person_ref: str, *, kind: str, number: str, name: str) -> str:
        """Ask that a person be known by another document; the reference of the verification."""
        body = {"document_kind": kind, "document_number": number, "name": name}
        return _ref(self._post(f"/persons/{person_ref}/document", body))

    def documents_to_look_at(self) -> list[Object]:
        """Staff: new documents that bear another name."""
        return self._list("/staff/documents")

    def decide_document(self, ref: str, *, accept: bool) -> None:
        """Staff: accept a new document, or let the old one stand."""
        self._post(f"/staff/documents/{ref}/decide", {"accept": accept})

    def leave(self, ref: str, *, key: str = "") -> Object:
        return self._post(f"/memberships/{ref}/leave", {}, key)

    def come_back(self, ref: str, *, key: str = "") -> Object:
        """`back_on`, `covered_from` and `ticket` of the old membership."""
        return self._post(f"/memberships/{ref}/come-back", {}, key)

    def join_receipt(self, ref: str) -> Object:
        return self._get(f"/memberships/{ref}/receipt")

    def shares(self, ref: str) -> list[Object]:
        """What the membership was charged in each period, with the working."""
        return self._list(f"/memberships/{ref}/shares")

    def certificate(self, ref: str, publicity_on: date) -> Object:
        """The files that prove that a share was computed fairly."""
        return self._get(f"/memberships/{ref}/shares/{publicity_on.isoformat()}/certificate")

    def debits(self) -> list[Object]:
        """What the signed-in payer was and will be debited."""
        return self._list("/debits")

    # Claims

    def draft_claim(
        self,
        *,
        membership_ref: str,
        illness: str,
        severity: str,
        accident: bool,
        diagnosed_on: date,
        hospital: str,
        statement: str,
        payee_name: str,
        payee_phone: str,
        payee_document_kind: str | None = None,
        payee_document_number: str = "",
        accident_at: datetime | None = None,
        died_at: datetime | None = None,
        acting: str = "",
        bills_fen: int = 0,
        follows: str = "",
        key: str = "",
    ) -> str:
        """Begin a claim; its reference. `illness` is a row's number of the plan's terms."""
        body: Object = {
            "membership_ref": membership_ref,
            "illness": illness,
            "severity": severity,
            "accident": accident,
            "diagnosed_on": diagnosed_on.isoformat(),
            "hospital": hospital,
            "statement": statement,
            "payee_name": payee_name,
            "payee_phone": payee_phone,
            "payee_document_kind": payee_document_kind,
            "payee_document_number": payee_document_number,
            "accident_at": accident_at.isoformat() if accident_at else None,
            "died_at": died_at.isoformat() if died_at else None,
            "acting": acting,
            "bills_fen": bills_fen,
            "follows": follows,
        }
        return _ref(self._post("/claims", body, key))

    def edit_claim(self, ref: str, *, said: Object, key: str = "") -> None:
        """Say anew what was said: all fields of the draft but the membership, as JSON."""
        self._post(f"/claims/{ref}/edit", said, key)

    def name_payee(self, ref: str, *, said: Object, key: str = "") -> None:
        """Name another payee: name, phone, and a document for one not of the verified family."""
        self._post(f"/claims/{ref}/payee", said, key)

    def drop_claim(self, ref: str, *, key: str = "") -> None:
        self._post(f"/claims/{ref}/drop", {}, key)

    def take_out_evidence(self, ref: str, *, key: str = "") -> None:
        self._post(f"/evidence/{ref}/take-out", {}, key)

    def open_claim(self, ref: str, *, key: str = "") -> None:
        self._post(f"/claims/{ref}/open", {}, key)

    def add_evidence(
        self,
        ref: str,
        *,
        kind: str,
        content: bytes,
        filename: str = "document",
        device_hash: str = "",
        key: str = "",
    ) -> str:
        """Hand in a document; its reference."""
        fields: Form = {"kind": kind, "device_hash": device_hash, "file": (filename, content)}
        answer = self._asked(
            "POST", f"/claims/{ref}/evidence", fields=fields, key=key or str(uuid.uuid4())
        )
        return _ref(cast(Object, _json(answer)))

    def begin_upload(
        self, ref: str, *, kind: str, length: int, device_hash: str, key: str = ""
    ) -> Object:
        """Announce a document that comes in pieces, or find out how far the same one is."""
        body = {"kind": kind, "length": length, "device_hash": device_hash}
        return self._post(f"/claims/{ref}/uploads", body, key)

    def send_piece(self, upload: str, *, offset: int, content: bytes) -> Object:
        """The piece that begins at `offset`; harmless to send again."""
        return cast(Object, self._send("PUT", f"/uploads/{upload}/{offset}", body=content))

    def seal_claim(self, ref: str, *, key: str = "") -> None:
        self._post(f"/claims/{ref}/seal", {}, key)

    def withdraw_claim(self, ref: str, *, key: str = "") -> None:
        self._post(f"/claims/{ref}/withdraw", {}, key)

    def appeal(self, ref: str, *, text: str, key: str = "") -> None:
        self._post(f"/claims/{ref}/appeal", {"text": text}, key)

    def claims(self) -> list[Object]:
        return self._list("/claims")

    def claim(self, ref: str) -> Object:
        return self._get(f"/claims/{ref}")

    # Cases shown to the members

    def cases(self, plan: str) -> list[Object]:
        return self._list(f"/plans/{plan}/cases")

    def case(self, ref: str) -> Object:
        return self._get(f"/cases/{ref}")

    def object_to(self, ref: str, *, reason_code: str, text: str, key: str = "") -> str:
        body = {"reason_code": reason_code, "text": text}
        return _ref(self._post(f"/cases/{ref}/objections", body, key))

    # Staff

    def queue(self) -> list[Object]:
        return self._list("/staff/queue")

    def staff_claim(self, ref: str) -> Object:
        return self._get(f"/staff/claims/{ref}")

    def evidence(self, ref: str) -> bytes:
        """The viewing copy of a document."""
        answer = self._asked("GET", f"/evidence/{ref}/view")
        if answer.status >= 400:
            _json(answer)
        return answer.data

    def ask_evidence(
        self, ref: str, *, kinds: Sequence[str], reason_code: str, due_on: date, key: str = ""
    ) -> None:
        body = {"kinds": list(kinds), "reason_code": reason_code, "due_on": due_on.isoformat()}
        self._post(f"/staff/claims/{ref}/ask", body, key)

    def investigators(self) -> list[Object]:
        return self._list("/staff/investigators")

    def assign(self, ref: str, *, investigator_id: int, key: str = "") -> None:
        self._post(f"/staff/claims/{ref}/assign", {"investigator_id": investigator_id}, key)

    def report(self, ref: str, *, finding: str, report: str, key: str = "") -> None:
        self._post(f"/staff/claims/{ref}/report", {"finding": finding, "report": report}, key)

    def propose(self, ref: str, *, benefit_row: str, reason: str, key: str = "") -> int:
        """Propose the aid of a row of the benefit table; the decision's id."""
        body = {"benefit_row": benefit_row, "reason": reason}
        return _id(self._post(f"/staff/claims/{ref}/propose", body, key))

    def decline(
        self, ref: str, *, clause: str, reason_code: str, reason: str, key: str = ""
    ) -> int:
        body = {"clause": clause, "reason_code": reason_code, "reason": reason}
        return _id(self._post(f"/staff/claims/{ref}/decline", body, key))

    def recall(self, ref: str, *, reason_code: str, key: str = "") -> int:
        return _id(self._post(f"/staff/claims/{ref}/recall", {"reason_code": reason_code}, key))

    def reopen(self, ref: str, *, reason_code: str, reason: str, key: str = "") -> int:
        body = {"reason_code": reason_code, "reason": reason}
        return _id(self._post(f"/staff/claims/{ref}/reopen", body, key))

    def decisions(self) -> list[Object]:
        """Decisions that wait for a second person."""
        return self._list("/staff/decisions")

    def confirm(self, decision_id: int, *, key: str = "") -> None:
        self._post(f"/staff/decisions/{decision_id}/confirm", {}, key)

    def drop(self, decision_id: int, *, key: str = "") -> None:
        self._post(f"/staff/decisions/{decision_id}/drop", {}, key)

    def objections(self, plan: str) -> list[Object]:
        """Objections to published claims that nobody answered yet."""
        return self._list(f"/staff/plans/{plan}/objections")

    def answer_objection(self, ref: str, *, outcome: str, reason: str, key: str = "") -> int:
        body = {"outcome": outcome, "reason": reason}
        return _id(self._post(f"/staff/objections/{ref}/answer", body, key))

    # Finance

    def advance(self, plan: str) -> Object:
        """Run whatever stage of the plan's periods and payments is due."""
        return self._post(f"/finance/plans/{plan}/advance", {})

    def differences(self, plan: str) -> list[Object]:
        """What the gateway's statement and the books do not agree about."""
        return self._list(f"/finance/plans/{plan}/differences")

    def failed_payouts(self) -> list[Object]:
        return self._list("/finance/payouts/failed")

    def retry_payout(self, claim_ref: str, *, key: str = "") -> None:
        self._post(f"/finance/payouts/{claim_ref}/retry", {}, key)

    # The record

    def head(self) -> Object:
        return self._get("/record/head")

    def receipt(self, leaf_hash: str) -> Object:
        return self._get(f"/record/receipts/{leaf_hash}")

    def policy(self) -> Object:
        return self._get("/record/policy")

    # Only where the installation is a demo

    def demo_codes(self, phone: str) -> list[Object]:
        """The latest messages to a phone, newest first."""
        answer = self._send("GET", "/demo/codes", params={"phone": phone})
        return cast(list[Object], answer)

    def demo_clock(self) -> Object:
        """`now`, and when something is due next for each plan."""
        return self._get("/demo/clock")

    def demo_busy(self) -> str | None:
        """Something that the worker has still to do; None when it has caught up."""
        return cast(str | None, self._get("/demo/busy")["busy"])

    def demo_agree(self) -> None:
        """Let every adult whom the signed-in payer joined agree, as if each had answered."""
        self._post("/demo/agree", {})

    def demo_wallet(self, *, rule: str, balance_fen: int) -> None:
        """Make the signed-in payer's wallet of the sandbox pay, or fail (`WalletRule`)."""
        self._post("/demo/wallet", {"rule": rule, "balance_fen": balance_fen})

    def demo_advance_to(self, instant: datetime) -> Object:
        """Move the clock of the installation forward."""
        return self._post("/demo/clock", {"to": instant.isoformat()})

    # How it is sent

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> Object:
        return cast(Object, self._send("GET", path, params=params))

    def _list(self, path: str, params: Mapping[str, str] | None = None) -> list[Object]:
        """A whole list, page after page."""
        found: list[Object] = []
        while True:
            answer = self._asked("GET", path, params=params)
            found += cast(list[Object], _json(answer))
            onward = _ONWARD.search(answer.headers.get("Link", ""))
            if onward is None:
                return found
            path, params = onward[1].removeprefix(API), None

    def _post(self, path: str, body: Object, key: str = "") -> Object:
        return cast(Object, self._send("POST", path, body=body, key=key or str(uuid.uuid4())))

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Object | bytes | None = None,
        key: str = "",
    ) -> object:
        return _json(self._asked(method, path, params=params, body=body, key=key))

    def _asked(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Object | bytes | None = None,
        fields: Form | None = None,
        key: str = "",
    ) -> urllib3.BaseHTTPResponse:
        """The answer to a request: `body` goes as JSON or as bytes, `fields` as a form."""
        url = f"{self._base}{API}{path}" + (f"?{urlencode(params)}" if params else "")
        headers = self._headers() | ({"Idempotency-Key": key} if key else {})
        if isinstance(body, bytes):
            headers["Content-Type"] = "application/octet-stream"
        sent: dict[str, Any] = {"body" if isinstance(body, bytes) else "json": body}
        if fields is not None:
            sent = {"fields": fields}
        ask = partial(self._http.request, method, url, headers=headers, redirect=False, **sent)
        try:
            return ask()
        except urllib3.exceptions.ProtocolError:
            # The server closed a connection that was kept, just as we wrote on it. A change carries
            # its key, so asking again has one effect.
            return ask()

    def _headers(self) -> dict[str, str]:
        headers = {"Accept-Language": self._language}
        return headers | {"Authorization": f"Bearer {self._token}"} if self._token else headers


def _json(answer: urllib3.BaseHTTPResponse) -> object:
    """The body of an answer; raises `Problem` where the server refused."""
    if answer.status < 400:
        return answer.json()
    try:
        body = answer.json()
    except ValueError:
        body = {"detail": answer.data.decode(errors="replace")[:200]}
    raise Problem(answer.status, body)


def _ref(answer: Object) -> str:
    return cast(str, answer["ref"])


def _id(answer: Object) -> int:
    return cast(int, answer["id"])
