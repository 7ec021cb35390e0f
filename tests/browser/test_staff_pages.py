"""Every staff page and every open page: whole, on a phone and on a desk, for screen readers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

import pool
import society
from browser.conftest import NewContext
from browser.looking import Shown, cookie_of, faults_of, refused, seen_by, unshown
from claims.documents_factory import photo
from console.staff import (
    DESIGNER,
    FINANCE,
    INTEGRATOR,
    SUPERVISOR,
    at_desk,
    signed_in_member,
)
from pool import INSURER, INVESTIGATOR, D, at
from sameboat.claims import actions as claims
from sameboat.claims.models import Claim
from sameboat.identity.actions import give_consent
from sameboat.members.models import Membership
from sameboat.payments.models import Difference, Refund
from sameboat.record import actions as record
from sameboat.runtime import clock, rests
from sameboat.settlement.models import Recovery
from sameboat.webhooks.actions import send_test, send_waiting, set_up_endpoint
from society import ANA, HAO, LIN, PLAN, STAFF_PASSWORD, Somebody, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

NOW = at(date(2026, 3, 22), 10)


def sealed(membership: Membership, somebody: Somebody) -> str:
    """A claim handed in on 19 March: diagnosed in the waiting period."""
    own, now = signed_in(somebody).id, at(date(2026, 3, 19), 9)
    ref = claims.draft_claim(
        login_id=own,
        membership_ref=membership.ref,
        illness="1",
        severity="severe",
        accident=False,
        diagnosed_on=date(2026, 3, 15),
        hospital="仁济医院",
        statement="体检发现，后经病理确诊。",
        payee_name=somebody.name,
        payee_phone=somebody.phone,
        now=now,
    )
    claims.open_claim(login_id=own, claim_ref=ref, now=now)
    for purpose in ("health_data", "publication"):
        give_consent(
            login_id=own, person_id=membership.person_id, purpose=purpose, version="1", now=now
        )
    for kind in ("identity", "diagnosis"):
        claims.add_evidence(
            login_id=own,
            claim_ref=ref,
            kind=kind,
            content=photo(f"{kind} {ref}"),
            filename=f"{kind}.jpg",
            device_hash=None,
            now=now,
        )
    claims.seal_claim(login_id=own, claim_ref=ref, now=now)
    return ref


def reported(ref: str) -> str:
    """The same, investigated."""
    now = at(date(2026, 3, 20), 9)
    yin, di = signed_in(INSURER).id, signed_in(INVESTIGATOR).id
    claims.assign_investigator(login_id=yin, claim_ref=ref, investigator_id=di, now=now)
    claims.report_investigation(
        login_id=di, claim_ref=ref, finding="inconclusive", report="主治医生休假。", now=now
    )
    return ref


def society_of_pages() -> tuple[Claim, str, str, str]:
    """A settled period, a doubted case, and claims handed in, investigated and half decided."""
    members = pool.filled(6)
    # Young enough for the row of the table that the pool proposes.
    members[1] = society.joined(pool.another(20))
    pool.proposed(members[0])
    pool.announced()
    doubted = pool.proposed(members[1], pool.another(20), now=at(date(2026, 3, 18), 9))
    pool.settled_until(at(date(2026, 3, 21)))
    claims.object_to_claim(
        login_id=signed_in(pool.another(1)).id,
        claim_ref=doubted.ref,
        reason_code="began_earlier",
        text="听说他去年就住过院。",
        now=at(date(2026, 3, 21), 9),
    )
    waiting = sealed(members[3], pool.another(2))
    known = reported(sealed(members[4], pool.another(3)))
    decided = reported(sealed(members[5], pool.another(4)))
    claims.decline_claim(
        login_id=signed_in(HAO).id,
        claim_ref=decided,
        clause="waiting.days",
        reason_code="in_waiting_period",
        reason="首次确诊日在等待期内。",
        now=at(date(2026, 3, 21), 9),
    )
    record.sequence(now=at(date(2026, 3, 21), 10))
    Difference.objects.create(
        plan=PLAN,
        statement_on=date(2026, 3, 20),
        key=f"collect/{PLAN}/unknown",
        kind="missing_in_books",
        ours=0,
        theirs=777,
        found_at=at(date(2026, 3, 21)),
    )
    money_that_failed(doubted)
    return doubted, waiting, known, decided


def money_that_failed(claim: Claim) -> None:
    """Aid to be given back, some of it written off; a refund that failed; a gateway in silence."""
    for number, (received, written_off) in enumerate(((5_000, 0), (5_000, 15_000)), 1):
        Recovery.objects.create(
            claim=claim,
            number=number,
            aid=20_000,
            fee=0,
            owed=20_000,
            received=received,
            written_off=written_off,
            decided_at=NOW,
        )
    Refund.objects.create(
        kind="closing",
        plan=PLAN,
        customer="c",
        key="closing/c",
        amount=321,
        state="FAILED",
        reason="customer_closed",
        prepared_at=NOW,
    )
    for _ in range(2):
        rests.lengthen("gateway.payment", now=NOW)


def to(name: str, *args: object) -> str:
    return reverse(f"console:{name}", args=args)


def person_of(somebody: Somebody) -> str:
    person = signed_in(somebody).person
    assert person is not None
    return person.ref


def own_login() -> Iterator[Shown]:
    """What somebody of the staff does with their own login."""
    half = Client()
    half.post(reverse("account_login"), {"login": LIN.staff_name, "password": STAFF_PASSWORD})
    yield from seen_by(half, second_factor=reverse("mfa_authenticate"))
    lin = at_desk(LIN)
    yield from seen_by(
        lin,
        password_again=reverse("account_reauthenticate"),
        code_again=reverse("mfa_reauthenticate"),
        password_change=reverse("account_change_password"),
    )
    lin.post(reverse("account_reauthenticate"), {"password": STAFF_PASSWORD})
    lin.post(reverse("mfa_generate_recovery_codes"))
    yield from seen_by(
        lin,
        recovery_codes=reverse("mfa_view_recovery_codes"),
        recovery_codes_anew=reverse("mfa_generate_recovery_codes"),
    )
    gone = at_desk(DESIGNER)
    Authenticator.objects.filter(user__name=DESIGNER.staff_name).delete()
    yield from refused(403, seen_by(gone, no_factor=to("plans")))


def desks() -> Iterator[Shown]:
    doubted, waiting, known, decided = society_of_pages()
    objection = doubted.objections.get().ref
    hao = at_desk(HAO)
    hao.post(to("members"), {"phone": ANA.phone})
    forms = {verb: to("act", known, verb) for verb in ("propose", "decline", "ask")}
    yield from seen_by(
        hao,
        queue=to("queue"),
        objections=to("objections"),
        claim_doubted=to("claim", doubted.ref),
        claim_sealed=to("claim", waiting),
        answer=to("answer", doubted.ref, objection),
        members=to("members"),
        **forms,
    )
    yield from refused(403, seen_by(hao, refused=to("trail")))
    yield from seen_by(
        at_desk(LIN), decisions=to("decisions"), claim_half_decided=to("claim", decided)
    )
    yield from seen_by(at_desk(INSURER), assign=to("act", waiting, "assign"))
    yield from seen_by(
        at_desk(FINANCE),
        periods=to("periods"),
        period_settled=to("period", PLAN, D),
        period_open=to("period", PLAN, date(2026, 3, 21)),
        differences=to("differences", PLAN),
        books=to("books", PLAN),
        plans=to("plans"),
        plan_staff=to("plan", PLAN),
        record=to("record"),
    )
    yield from seen_by(
        at_desk(SUPERVISOR),
        trail=to("trail"),
        documents=to("documents"),
        data=to("data"),
        death=to("death", person_of(pool.another(1))),
        living=to("living", person_of(pool.another(1))),
        hold=to("hold", person_of(pool.another(1))),
        mandate=to("mandate", person_of(pool.another(1))),
    )
    yield from own_login()
    yield from seen_by(at_desk(FINANCE), staff_programs=to("programs"))
    told = set_up_endpoint(
        login_id=signed_in(INTEGRATOR).id,
        url="http://127.0.0.1:9/hook",
        types=["claim.moved", "period.settled"],
        now=NOW,
    )
    send_test(login_id=signed_in(INTEGRATOR).id, ref=told.ref, now=NOW)
    send_waiting(endpoint_ref=told.ref, now=NOW, timestamp=1)
    yield from seen_by(
        at_desk(INTEGRATOR), webhooks=to("webhooks"), webhook=to("webhook", told.ref)
    )
    yield from refused(403, seen_by(signed_in_member(ANA), members_only=to("queue")))
    yield from seen_by(
        Client(),
        open_home=reverse("public:home"),
        open_plan=reverse("public:plan", args=[PLAN]),
        open_terms=reverse("public:terms", args=[PLAN]),
        open_verify=reverse("public:verify"),
    )


NOT_PAGES = {
    "console:home": "leads to the reader's own work",
    "console:confirm": "only does something",
    "console:drop": "only does something",
    "console:evidence": "a picture",
    "console:advance": "only does something",
    "console:propose_end": "only does something",
    "console:propose_terms": "only does something, and shows every fault on the page of plans",
    "console:adopt_terms": "only does something",
    "console:drop_terms": "only does something",
    "console:announce_end": "only does something",
    "console:drop_end": "only does something",
    "console:retry_payout": "only does something",
    "console:retry_refund": "only does something",
    "console:propose_resolution": "only does something",
    "console:confirm_resolution": "only does something",
    "console:drop_resolution": "only does something",
    "console:repayment": "only does something",
    "console:write_off": "only does something",
    "console:books_bundle": "a file",
    "console:books_table": "a file",
    "console:clock": "only does something",
    "public:policy": "a file",
    "public:checkpoint": "a file",
}


def test_every_page_is_whole(
    new_context: NewContext, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = list(desks())
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert not unshown(pages, namespaces={"console", "public"}, others=NOT_PAGES)
    found = faults_of(pages, new_context=new_context, url=live_server.url)
    assert not found, "\n".join(found)


def test_the_second_person_confirms_without_javascript(
    new_context: NewContext, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    *_others, decided = society_of_pages()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    context = new_context(java_script_enabled=False, locale="en-GB", base_url=live_server.url)
    context.add_cookies([cookie_of(next(iter(seen_by(at_desk(LIN), lin="/"))), live_server.url)])
    page = context.new_page()
    page.goto(to("decisions"))
    page.get_by_role("link", name=f"Look at claim {decided[:8]}").click()
    page.get_by_role("button", name="Confirm").click()
    assert page.get_by_text("It takes effect and is an entry of the record.").is_visible()
    assert Claim.objects.get(ref=decided).state == "DECLINED"
