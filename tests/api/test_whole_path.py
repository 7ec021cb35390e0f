"""A claim from the draft to the objection and a settled period, through the API alone."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from api.people import joined, staff
from claims.documents_factory import photo
from claims.test_uploads import big
from pool import INSURER, INVESTIGATOR
from sameboat.members import actions as members
from sameboat.payments import actions as payments
from sameboat.record import actions as record
from sameboat.rules.calendar import day_of
from sameboat.runtime import clock
from sameboat.settlement import actions as settlement
from sameboat.simulation.client import Client, Problem
from society import ANA, FEI, HAO, LIN, PLAN


def handed_in(ana: Client, membership: str) -> str:
    """Ana's claim after an accident, with two documents."""
    today = clock.now().astimezone().date()
    ref = ana.draft_claim(
        membership_ref=membership,
        illness="1",
        severity="severe",
        accident=True,
        diagnosed_on=today - timedelta(days=1),
        hospital="协和医院",
        statement="车祸",
        payee_name=ANA.name,
        payee_phone=ANA.phone,
    )
    ana.open_claim(ref)
    (me,) = ana.persons()
    for purpose in ("health_data", "publication"):
        ana.consent(me["person_ref"], purpose=purpose)
    for kind in ("identity", "diagnosis"):
        ana.add_evidence(ref, kind=kind, content=photo(f"{kind} {ref}"))
    ana.seal_claim(ref)
    return ref


def assessed(api: Client, ref: str) -> None:
    """Insurer, investigator, case handler and second decider have done their parts."""
    hao, lin, yin, di = (staff(api, one) for one in (HAO, LIN, INSURER, INVESTIGATOR))
    assert [item["todo"] for item in yin.queue()] == ["assign"]
    (investigator,) = yin.investigators()
    yin.assign(ref, investigator_id=investigator["id"])
    di.report(ref, finding="confirmed", report="属实")
    view = hao.staff_claim(ref)
    assert hao.evidence(view["evidence"][0]["ref"]).startswith(b"\xff\xd8")
    row = next(row for row in view["rows"] if row["severity"] == "severe")
    decision = hao.propose(ref, benefit_row=row["id"], reason="符合条款")
    with pytest.raises(Problem) as own:
        hao.confirm(decision)
    assert own.value.status == 403
    (waiting,) = lin.decisions()
    assert waiting["id"] == decision
    lin.confirm(decision)


def next_day_of_the_plan(api: Client) -> None:
    """The clock moves to the next lock, end of publicity, debit or payout; the worker works."""
    (plan,) = api.demo_clock()["plans"]
    api.demo_advance_to(datetime.fromisoformat(plan["next_event_at"]) + timedelta(minutes=1))
    for _ in range(3):
        # A stage may wait for the record, so all of them have several turns, as in the worker.
        members.close_days_due(now=clock.now())
        settlement.advance(plan_id=PLAN, now=clock.now())
        payments.advance(plan_id=PLAN, now=clock.now())
        record.sequence(now=clock.now())


def test_from_the_draft_to_the_payout(api: Client) -> None:
    ana, membership = joined(api, ANA)
    fei, feis = joined(api, FEI)
    api.demo_advance_to(clock.now() + timedelta(days=1))
    ref = handed_in(ana, membership)
    assessed(api, ref)
    while not fei.cases(PLAN):
        next_day_of_the_plan(api)
    (case,) = fei.cases(PLAN)
    assert (case["ref"], case["objected"], case["is_mine"]) == (ref, False, False)
    with pytest.raises(Problem) as own:
        ana.object_to(ref, reason_code="other", text="?")
    assert (own.value.status, own.value.code) == (403, "own_case")
    objection = fei.object_to(ref, reason_code="began_earlier", text="他早就病了")
    hao, lin = staff(api, HAO), staff(api, LIN)
    (open_one,) = hao.objections(PLAN)
    assert open_one["ref"] == objection
    lin.confirm(hao.answer_objection(objection, outcome="dismissed", reason="是车祸"))
    while ana.claim(ref)["state"] != "PAID":
        next_day_of_the_plan(api)

    (share,) = fei.shares(feis)
    assert share["status"] == "shares"
    assert share["amount_fen"] == share["period"]["each_fen"] > 0
    assert share["working"]
    assert share["helped"][0]["aid_fen"] == case["aid_fen"]
    assert [debit["state"] for debit in fei.debits()] == ["paid"]
    assert fei.certificate(feis, date.fromisoformat(share["publicity_on"]))["share"]
    (period, *_) = [each for each in api.periods(PLAN) if each["charged_fen"]]
    assert api.period(PLAN, date.fromisoformat(period["publicity_on"]))["working"]
    assert api.receipt(period["settle_hash"])["proof"]
    assert fei.join_receipt(feis)["recorded"]
    types = [entry["type"] for entry in ana.claim(ref)["history"]]
    assert types[0] == "claim.open"
    assert types[-1] == "payout.confirm"
    for entry in ana.claim(ref)["history"]:
        assert api.receipt(entry["hash"])["state"] == "RECORDED"


def test_a_draft_is_mended_a_document_taken_out_and_the_hours_are_checked(api: Client) -> None:
    ana, membership = joined(api, ANA)
    api.demo_advance_to(clock.now() + timedelta(days=6))
    accident_at = clock.now().replace(microsecond=0) - timedelta(days=5)
    said: dict[str, Any] = {
        "illness": "1",
        "severity": "severe",
        "accident": True,
        "diagnosed_on": day_of(accident_at, "Asia/Shanghai").isoformat(),
        "hospital": "协和医院",
        "statement": "车祸",
        "payee_name": ANA.name,
        "payee_phone": ANA.phone,
    }
    ref = ana.draft_claim(
        **said | {"diagnosed_on": day_of(accident_at, "Asia/Shanghai")}, membership_ref=membership
    )
    died_at = accident_at + timedelta(hours=95)
    hours = {"accident_at": accident_at.isoformat(), "died_at": died_at.isoformat()}
    with pytest.raises(Problem) as wrong:
        ana.edit_claim(ref, said=said | hours | {"accident": False})
    assert (wrong.value.status, wrong.value.code) == (422, "hours_wrong")
    ana.edit_claim(ref, said=said | hours)
    ana.open_claim(ref)
    in_pieces(ana, ref)
    wrong_one = ana.add_evidence(ref, kind="bill", content=photo("somebody else's"))
    ana.take_out_evidence(wrong_one)
    (me,) = ana.persons()
    for purpose in ("health_data", "publication"):
        ana.consent(me["person_ref"], purpose=purpose)
    for kind in ("identity", "diagnosis"):
        ana.add_evidence(ref, kind=kind, content=photo(f"{kind} {ref}"))
    ana.seal_claim(ref)
    view = staff(api, HAO).staff_claim(ref)
    (check,) = [one for one in view["checks"] if one["code"] == "accident_death"]
    assert (check["outcome"], check["facts"]) == ("fail", {"hours": 95})
    assert datetime.fromisoformat(view["stated"]["died_at"]) == died_at
    with pytest.raises(Problem) as late:
        ana.drop_claim(ref)
    assert (late.value.status, late.value.code) == (409, "claim_event_not_possible")


def in_pieces(ana: Client, ref: str) -> None:
    """A document of two pieces, gone on with after a broken line, every request sent twice."""
    content = big(pieces=2)
    about: dict[str, Any] = {"kind": "medical_record", "length": len(content)}
    print_ = hashlib.sha256(content).hexdigest()
    begun = [ana.begin_upload(ref, **about, device_hash=print_) for _ in range(2)]
    assert begun[0] == begun[1]
    upload, size = begun[0]["ref"], begun[0]["piece_bytes"]
    for offset in (0, 0, size, size):
        at = ana.send_piece(upload, offset=offset, content=content[offset : offset + size])
    documents = {each["ref"]: each["length"] for each in ana.claim(ref)["evidence"]}
    assert documents == {at["evidence_ref"]: len(content)}


def test_a_claim_is_nobody_elses(api: Client) -> None:
    ana, membership = joined(api, ANA)
    fei, _ = joined(api, FEI)
    api.demo_advance_to(clock.now() + timedelta(days=1))
    ref = handed_in(ana, membership)
    document = ana.claim(ref)["evidence"][0]["ref"]
    assert ana.evidence(document)
    unknown = "0" * 32
    for asked in (fei.claim, fei.evidence, fei.withdraw_claim, fei.case, fei.staff_claim):
        answers = []
        for each in (ref if asked != fei.evidence else document, unknown):
            with pytest.raises(Problem) as refused:
                asked(each)
            answers.append((refused.value.status, refused.value.code, refused.value.detail))
        assert answers[0] == answers[1], "whether it exists is told"
        assert answers[0][0] in (403, 404)
    ana.withdraw_claim(ref)
    assert ana.claim(ref)["state"] == "WITHDRAWN"
