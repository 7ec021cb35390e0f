"""Every page of a member: whole in both languages, on a phone and on a desk, for screen readers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

import pool
import society
from browser.conftest import NewContext
from browser.looking import Shown, faults_of, refused, seen_by, unshown
from sameboat.claims import actions as claims
from sameboat.claims.queries import claim_for_claimant
from sameboat.gateways.identity_check import Outcome
from sameboat.gateways.messaging.sandbox import outbox
from sameboat.identity import actions as identity
from sameboat.identity.models import PhoneCode, Verification
from sameboat.identity.queries import relations_asked
from sameboat.members import actions as members
from sameboat.members.models import Membership
from sameboat.plans import actions as plans
from sameboat.rules.calendar import day_of
from sameboat.runtime import clock
from sameboat.settlement.models import Recovery
from society import BAO, FEI, MEI, PLAN, WEN, Somebody
from web import test_claims as filing
from web import test_join as joining
from web.pages import client_of

pytestmark = pytest.mark.django_db(transaction=True)


def at(name: str, *args: object) -> str:
    return reverse(f"web:{name}", args=args)


def strangers() -> Iterator[Shown]:
    yield from seen_by(
        Client(),
        home=at("home"),
        questions=at("help"),
        privacy=at("privacy"),
        plan=at("plan", PLAN),
        before=at("before", PLAN),
        sign_in=reverse("account_request_login_code"),
        staff_sign_in=reverse("account_login"),
        periods=at("periods", PLAN),
        period=at("period", PLAN, pool.D),
    )
    yield from refused(404, seen_by(Client(), not_here=at("plan", "no-such-plan")))
    yield from refused(404, seen_by(Client(), nowhere="/no/such/page"))
    yield from seen_by(
        Client(), signup_closed=reverse("account_signup"), inactive=reverse("account_inactive")
    )
    client = Client()
    client.post(reverse("account_request_login_code"), {"phone": FEI.phone})
    yield from seen_by(client, sign_in_code=reverse("account_confirm_login_code"))


def joiners() -> Iterator[Shown]:
    """Wen, with her child, stands before the last step for her mother; another one failed."""
    own = society.joined(WEN, now=clock.now())
    society.joined(BAO, by=WEN, relation="child", now=clock.now())
    client = client_of(WEN)
    joining.identified(client, MEI, "parent")
    client.get(at("join_verification", PLAN))
    joining.post(client, "questions", **joining.healthy())
    joining.post(client, "agree", **joining.AGREED, version="1")
    steps = ("who", "identity", "questions", "agree", "check")
    yield from seen_by(
        client,
        **{f"join_{step}": at(f"join_{step}", PLAN) for step in steps},
        joined=at("joined", own.ref),
        waiting=at("cover"),
        household=at("household"),
        programs=at("programs"),
        mine=at("mine"),
        my_data=at("my_data"),
        prove=at("data_prove"),
        prove_code=at("data_prove") + "?sent=1",
        erase=at("data_erase", own.person.ref),
        looks=at("data_looks", own.person.ref),
        correct=at("data_correct", own.person.ref),
        reasons=at("data_reasons", own.person.ref),
        consents=at("data_consents", own.person.ref),
        take_back=at("data_take_back", own.person.ref, "terms"),
        receipts=at("receipts"),
        messages=at("messages"),
        no_shares=at("shares"),
        sign_out=reverse("account_logout"),
        phone_change=reverse("account_change_phone"),
    )
    mother = society.joined(MEI, by=WEN, relation="parent", now=clock.now())
    client.post(at("new_document", mother.person.ref), NEW_DOCUMENT)
    asked = Verification.objects.latest("id")
    found = Verification.objects.filter(outcome="match", relation="parent").latest("id").ref
    yield from seen_by(
        client,
        consent=at("consent", mother.ref),
        consent_code=at("consent", mother.ref) + "?sent=1",
        joined_adult=at("joined", mother.ref),
        unconfirmed=at("cover"),
        new_document=at("new_document", mother.person.ref),
        new_document_state=at("new_document_state", asked.ref),
        relative=at("relative"),
        relative_state=at("relative_state", asked.ref),
        relative_verified=at("relative_state", found),
    )
    society.verified(FEI)
    ref = society.asked(BAO, by=FEI, relation="child", now=clock.now())
    identity.answer_verification(ref=ref, now=clock.now())
    assert relations_asked(society.signed_in(WEN).id)
    yield from seen_by(client, household_asked=at("household"))
    yield from seen_by(client_of(FEI), relative_asked=at("relative_state", ref))
    client.post(reverse("account_change_phone"), {"phone": "139 0000 0099", "action_add": ""})
    yield from seen_by(client, phone_code=reverse("account_verify_phone"))
    stranger = Somebody(name="路人", born_on=date(1990, 1, 1), sex="f", phone="+8613800000077")
    failed = client_of(stranger)
    joining.identified(failed, replace(stranger, outcome=Outcome.MISMATCH))
    yield from seen_by(failed, not_verified=at("join_verification", PLAN))


def mourners() -> Iterator[Shown]:
    """A payer has died; the other parent is to take over for the child."""
    payer = Somebody(name="丁已故", born_on=date(1986, 2, 2), sex="f", phone="+8613800000065")
    father = Somebody(name="丁国强", born_on=date(1985, 6, 6), sex="m", phone="+8613800000066")
    child = replace(BAO, name="丁小宝", serial=1)
    own = society.joined(payer, now=clock.now())
    orphan = society.joined(child, by=payer, relation="child", now=clock.now())
    society.verified(father)
    society.died(own.person, on=clock.now().date() - timedelta(days=1), now=clock.now())
    society.verified(child, by=father, relation="child")
    yield from seen_by(
        client_of(father), take_over=at("take_over", orphan.ref), payer_died=at("cover")
    )


def claimants() -> Iterator[Shown]:
    """Four who are ill: at the first steps, collecting, before handing in, and declined."""
    people = [pool.another(number) for number in (26, 27, 28, 29)]
    beginner, collector, refused, ready = (society.joined(one, now=clock.now()) for one in people)
    client = client_of(people[0])
    begun = filing.drafted(client, beginner)
    filing.post(client, "claim_illness", beginner.ref, illness="1")
    filing.post(client, "claim_facts", beginner.ref, **filing.HAPPENED)
    filing.post(client, "claim_payee", beginner.ref, **filing.payee_of(beginner))
    steps = ("illness", "facts", "payee", "check")
    yield from seen_by(
        client,
        claim_begin=at("claim_begin"),
        claim_search=at("claim_illness", beginner.ref) + "?q=I21",
        **{f"claim_{step}": at(f"claim_{step}", beginner.ref) for step in steps},
        claim_draft=at("claim", begun.ref),
        claim_mend=at("claim_mend", begun.ref),
        claim_another_payee=at("claim_another_payee", begun.ref),
        claim_follow=at("claim_follow", begun.ref),
        claim_drop=at("claim_drop", begun.ref),
    )
    client = client_of(people[1])
    claim = filing.drafted(client, collector)
    filing.post(client, "claim_open", claim.ref)
    photo = [filing.file("identity")]
    filing.post(client, "claim_documents", claim.ref, kind="identity", documents=photo)
    yield from seen_by(
        client,
        claims=at("claims"),
        claim_collecting=at("claim", claim.ref),
        claim_documents=at("claim_documents", claim.ref),
        claim_withdraw=at("claim_withdraw", claim.ref),
        document_take_out=at("document_take_out", claim.evidence.get().ref),
    )
    yield from helped(beginner, people[0])
    client = client_of(people[3])
    claim = filing.drafted(client, ready)
    filing.post(client, "claim_open", claim.ref)
    for kind in ("identity", "diagnosis"):
        photo = [filing.file(kind)]
        filing.post(client, "claim_documents", claim.ref, kind=kind, documents=photo)
    yield from seen_by(
        client, claim_ready=at("claim", claim.ref), claim_hand_in=at("claim_hand_in", claim.ref)
    )
    client = client_of(people[2])
    claim = filing.handed_in(client, refused)
    filing.declined(claim)
    Recovery.objects.create(
        claim=claim,
        number=1,
        aid=20_000,
        fee=0,
        owed=20_000,
        received=5_000,
        written_off=2_000,
        decided_at=clock.now(),
    )
    yield from seen_by(
        client, claim_declined=at("claim", claim.ref), claim_appeal=at("claim_appeal", claim.ref)
    )


def helped(beginner: Membership, somebody: Somebody) -> Iterator[Shown]:
    """Another member helps with a claim that was begun: before the code, after it, documents."""
    other = pool.another(24)
    society.verified(other)
    helper, client = society.signed_in(other), client_of(other)
    refs = [
        claims.begin_assistance(login_id=helper.id, phone=somebody.phone, now=clock.now())
        for _ in range(3)
    ]
    for ref in refs[1:]:
        row = PhoneCode.objects.get(subject=ref)
        identity.send_code(code_id=row.pk, now=clock.now())
        code = outbox(to=somebody.phone)[0].data["code"]
        claims.open_assistance(login_id=helper.id, ref=ref, code=code, now=clock.now())
    view = claim_for_claimant(
        login_id=society.signed_in(somebody).id, ref=beginner.claims.get().ref
    )
    said: dict[str, Any] = {
        "illness": "1",
        "severity": "severe",
        "accident": False,
        "hospital": "协和医院",
        "diagnosed_on": view.stated.diagnosed_on,
        "statement": "生病",
        "payee_name": view.payee.name,
        "payee_phone": view.payee.phone,
    }
    claims.draft_assisted(
        login_id=helper.id, ref=refs[2], membership_ref=beginner.ref, now=clock.now(), **said
    )
    yield from seen_by(
        client,
        assist_begin=at("assist_begin"),
        assist_code=at("assist", refs[0]),
        assist_whom=at("assist", refs[1]),
        assist_fill_in=at("assist_fill_in", refs[1], beginner.ref),
        assist_documents=at("assist", refs[2]),
        assist_hand_in=at("assist_hand_in", refs[2]),
        assist_sent=at("assist_hand_in", refs[2]) + "?sent=1",
    )


def sharers() -> Iterator[Shown]:
    """Fei shared a period and reads a case; another one left."""
    ana, other = pool.filled(1)
    fei = society.joined(FEI)
    young = pool.another(25)
    ill = society.joined(young)
    pool.proposed(ana)
    pool.announced()
    pool.announced(date(2026, 3, 21))
    now = clock.now()
    shown = pool.proposed(ill, young, now=now - timedelta(days=2))
    today = day_of(now, "Asia/Shanghai")
    claims.open_publicity(plan_id=PLAN, publicity_on=today, now=now)
    yield from seen_by(
        client_of(FEI),
        cases=at("cases"),
        case=at("case", shown.ref),
        home_of_member=at("home"),
        questions_of_member=at("help"),
        shares=at("shares"),
        pay_arrears=at("pay_arrears"),
        share=at("share", fei.ref, pool.D),
        period_of_member=at("period", PLAN, pool.D),
        leave=at("leave", fei.ref),
        new_terms=at("new_terms", fei.ref),
    )
    gone = society.signed_in(pool.another(0)).id
    members.leave(login_id=gone, membership_ref=other.ref, now=now)
    yield from seen_by(
        client_of(pool.another(0)),
        left=at("left", other.ref),
        ended=at("cover"),
        come_back=at("come_back", other.ref),
    )
    members.leave(login_id=society.signed_in(FEI).id, membership_ref=fei.ref, now=now)
    back = client_of(FEI)
    back.post(at("come_back", fei.ref))
    yield from seen_by(back, came_back=at("came_back", fei.ref))
    filing.post(client_of(young), "claim_another_payee", shown.ref, **filing.payee_of(ill))
    yield from seen_by(
        client_of(young),
        claim_published=at("claim", shown.ref),
        claim_payee_change=at("claim_payee_change", shown.ref),
    )


def elders() -> Iterator[Shown]:
    """Two who are nearly sixty, in the plan that leads into another one; one of them asked."""
    now = clock.now()
    for plan in ("xiang-hu-bao", "xiang-hu-bao-old-age"):
        plans.adopt(plan_id_or_path=plan, now=now)
    born = now.date() - timedelta(days=60 * 365 - 85)
    gran = Somebody(name="温奶奶", born_on=born, sex="f", phone="+8613700000060")
    grandpa = replace(gran, name="温爷爷", sex="m", phone="+8613700000061")
    own = society.joined(gran, "xiang-hu-bao", now=now)
    yield from seen_by(client_of(gran), ages_out=at("cover"), transfer=at("transfer", own.ref))
    his = society.joined(grandpa, "xiang-hu-bao", now=now)
    client = client_of(grandpa)
    client.post(at("transfer", his.ref), {"version": "1"})
    yield from seen_by(client, goes_on=at("cover"), transfer_asked=at("transfer", his.ref))
    client = client_of(gran)
    client.post(at("transfer", own.ref), {"version": "1"})
    client.post(at("transfer", own.ref), {"drop": "1"})
    refused = client.post(at("transfer", own.ref), {"drop": "1"})
    assert "No transfer of this membership is asked for" in refused.content.decode()


NEW_DOCUMENT = {"document_kind": "passport", "name": MEI.name, "document_number": "E12345671"}
NOT_PAGES = {
    "web:document": "a picture",
    "web:join_files": "a file",
    "web:claim_files": "a file",
    "web:share_files": "a file",
    "web:policy": "a file",
    "web:data_file": "a file",
    "web:data_copy": "only does something",
    "web:data_withdraw": "only does something",
    "web:claim_open": "only does something",
    "web:claim_end_help": "only does something",
    "web:agree_relation": "only does something",
    "web:refuse_relation": "only does something",
    "web:end_relation": "only does something",
    "web:revoke_mandate": "only does something",
    "web:upload_begin": "for the script of the documents page",
    "web:upload_piece": "for the script of the documents page",
    "pages:type": "only does something",
}
OF_STAFF = dict.fromkeys(
    (
        "account_reauthenticate",
        "account_change_password",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
    ),
    "seen by staff",
)


def test_every_page_is_whole(
    new_context: NewContext, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The page that asks for the code is looked at again and again, for longer than a code lasts.
    monkeypatch.setattr(settings, "ACCOUNT_LOGIN_BY_CODE_TIMEOUT", 3600)
    pages = [*sharers(), *strangers(), *joiners(), *mourners(), *claimants(), *elders()]
    faces = {"web", "pages", "account", "mfa"}
    assert not unshown(pages, namespaces=faces, others=NOT_PAGES | OF_STAFF)
    found = faults_of(pages, new_context=new_context, url=live_server.url)
    assert not found, "\n".join(found)
