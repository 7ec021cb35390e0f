"""Finance at its desk: differences settled by two, repayments, the books and their files."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

import pool
from console.staff import AUDITOR, FINANCE, HANDLER, SUPERVISOR, at_desk, signed_in_member
from pool import D, at
from sameboat.books.queries import balance
from sameboat.console import paging
from sameboat.gateways.payment import sandbox
from sameboat.identity.models import AuditRow
from sameboat.payments import actions as payments
from sameboat.payments import export
from sameboat.payments.models import Difference, Refund, UnpaidDebit
from sameboat.record import actions as record
from sameboat.rules.money import Fen
from sameboat.runtime import clock
from sameboat.settlement import actions as settlement
from sameboat.settlement.models import Recovery
from society import FEI, PLAN, joined

pytestmark = pytest.mark.django_db(transaction=True)
NOW = at(date(2026, 3, 15), 9)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def owed_by_fei() -> None:
    """A collected period of which Fei has not paid one yuan."""
    pool.filled(2)
    pool.poor(joined(FEI))
    settlement.state_money_fact(
        plan_id=PLAN, kind="refund", amount=Fen(400), subject="x", now=at(date(2026, 3, 4))
    )
    pool.announced()
    for day in (date(2026, 3, 10), date(2026, 3, 14)):
        payments.advance(plan_id=PLAN, now=at(day, 9))
    record.sequence(now=at(date(2026, 3, 14), 10))


def stray() -> Difference:
    return Difference.objects.create(
        plan=PLAN,
        statement_on=date(2026, 3, 14),
        key=f"collect/{PLAN}/unknown",
        kind="missing_in_books",
        ours=0,
        theirs=777,
        found_at=NOW,
    )


def post(desk: Client, name: str, *args: object, **data: str) -> str:
    where = reverse(f"console:{name}", args=args)
    return desk.post(where, {"plan": PLAN, **data}, follow=True).content.decode()


class TestDifferences:
    def test_one_proposes_another_confirms(self) -> None:
        pool.filled(1)
        found = stray()
        jin, su = at_desk(FINANCE), at_desk(SUPERVISOR)
        page = jin.get(reverse("console:differences", args=[PLAN])).content.decode()
        assert "Not in our books" in page and "¥7.77" in page
        told = post(jin, "propose_resolution", found.pk, resolution="operator", note="bank fee")
        assert "Another person has to confirm" in told
        assert "bank fee" in su.get(reverse("console:differences", args=[PLAN])).content.decode()
        assert "not the one who proposed" in post(jin, "confirm_resolution", found.pk)
        assert balance(f"{PLAN}:advance") == 0
        assert "Done and booked" in post(su, "confirm_resolution", found.pk)
        assert balance(f"{PLAN}:advance") == -777
        verbs = AuditRow.objects.filter(verb__startswith="difference").values_list(
            "verb", "login__name"
        )
        assert sorted(verbs) == [("difference.confirm", "su"), ("difference.propose", "jin")]

    def test_nobody_else_proposes_or_confirms(self) -> None:
        pool.filled(1)
        found = stray()
        for desk in (at_desk(HANDLER), at_desk(AUDITOR)):
            for name in ("propose_resolution", "confirm_resolution", "drop_resolution"):
                where = reverse(f"console:{name}", args=[found.pk])
                assert desk.post(where, {"resolution": "operator"}).status_code == 403
        found.refresh_from_db()
        assert found.resolution == ""

    def test_a_repayment_relieves_the_members_when_two_have_seen_it(self) -> None:
        ana, *_ = pool.filled(3)
        claim = pool.proposed(ana)
        recovery = Recovery.objects.create(
            claim=claim, number=1, aid=5_000, fee=0, owed=5_000, decided_at=NOW
        )
        jin, su = at_desk(FINANCE), at_desk(SUPERVISOR)
        assert "does not fit" in post(jin, "repayment", recovery.pk, amount="50.01", note="x")
        assert "does not fit" in post(jin, "repayment", recovery.pk, amount="much", note="x")
        post(jin, "repayment", recovery.pk, amount="20", note="转账 0314")
        post(su, "confirm_resolution", Difference.objects.get().pk)
        recovery.refresh_from_db()
        assert recovery.received == 2_000
        assert balance(f"{PLAN}:extra") == -2_000
        assert balance(f"{PLAN}:advance") == 2_000

    def test_aid_that_will_not_come_back_is_written_off_by_two(self) -> None:
        ana, *_ = pool.filled(3)
        recovery = Recovery.objects.create(
            claim=pool.proposed(ana), number=1, aid=5_000, fee=0, owed=5_000, decided_at=NOW
        )
        jin, su = at_desk(FINANCE), at_desk(SUPERVISOR)
        page = jin.get(reverse("console:differences", args=[PLAN])).content.decode()
        assert "¥50.00 are written off: the operator bears it" in page
        assert "does not fit" in post(jin, "write_off", recovery.pk, note=" ")
        post(jin, "write_off", recovery.pk, note="查无财产")
        assert "Aid will not come back" in post(su, "confirm_resolution", 0)
        assert "Done and booked" in post(su, "confirm_resolution", Difference.objects.get().pk)
        page = jin.get(reverse("console:differences", args=[PLAN])).content.decode()
        assert "Written off" in page and "It will not come back" not in page
        assert balance(f"{PLAN}:advance") == 5_000


class TestBooks:
    def test_the_trial_balance_is_equal_on_both_sides(self) -> None:
        owed_by_fei()
        page = at_desk(AUDITOR).get(reverse("console:books", args=[PLAN]))
        assert page.context["debit"] == page.context["credit"] > 0
        assert "Owed by members" in page.content.decode()

    def test_every_table_is_a_file_and_its_taking_leaves_an_audit_row(self) -> None:
        owed_by_fei()
        shen = at_desk(AUDITOR)
        for name in export.TABLES:
            answer = shen.get(reverse("console:books_table", args=[PLAN, name]))
            rows = list(csv.reader(io.StringIO(answer.content.decode())))
            assert rows and all(len(row) == len(rows[0]) for row in rows), name
        assert AuditRow.objects.filter(verb="books.export").count() == len(export.TABLES)
        journal = shen.get(reverse("console:books_table", args=[PLAN, "journal"])).content.decode()
        lines = list(csv.DictReader(io.StringIO(journal)))
        assert sum(round(float(line["debit"]) * 100) for line in lines) == sum(
            round(float(line["credit"]) * 100) for line in lines
        )
        assert shen.get(reverse("console:books_table", args=[PLAN, "secrets"])).status_code == 404
        refused = at_desk(HANDLER).get(reverse("console:books_table", args=[PLAN, "journal"]))
        assert refused.status_code == 403

    def test_the_auditors_file_names_the_hash_of_each_part_and_nobody(self) -> None:
        owed_by_fei()
        answer = at_desk(AUDITOR).get(reverse("console:books_bundle", args=[PLAN]))
        bundle = zipfile.ZipFile(io.BytesIO(answer.content))
        manifest = json.loads(bundle.read("manifest.json"))
        assert manifest["checkpoint"].startswith("sameboat")
        for name, digest in manifest["sha256"].items():
            content = bundle.read(name)
            assert hashlib.sha256(content).hexdigest() == digest
            assert FEI.name not in content.decode()
        periods = bundle.read("periods.csv").decode().splitlines()
        assert periods[1].startswith(f"{D},ANNOUNCED,4,")
        assert periods[1].endswith(",3.00,1.00")


class TestMembers:
    def test_who_owes_pays_with_one_tap(self) -> None:
        owed_by_fei()
        fei = signed_in_member(FEI)
        fei.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        assert "¥1.00 is not paid yet" in fei.get(reverse("web:shares")).content.decode()
        where = reverse("web:pay_arrears")
        assert "Altogether ¥1.00" in fei.get(where).content.decode()
        assert "¥1.00 is debited" in fei.post(where).content.decode()
        household = UnpaidDebit.objects.get().household
        pool.poor(household.memberships.get(), 500)
        payments.advance(plan_id=PLAN, now=NOW)
        assert sandbox.balance(household.customer_ref) == 400
        assert "Everything is paid" in fei.get(where).content.decode()
        assert "Nothing is owed" in fei.post(where).content.decode()


class TestPages:
    def test_long_lists_come_a_page_at_a_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(paging, "ROWS", 1)
        pool.filled(1)
        for number in range(3):
            Refund.objects.create(
                kind="paid_twice",
                plan=PLAN,
                customer="c",
                key=f"refund/{number}",
                amount=100 + number,
                state="FAILED",
                prepared_at=NOW,
            )
        jin, where = at_desk(FINANCE), reverse("console:periods")
        seen: list[str] = []
        page = jin.get(where)
        while (shown := page.context["failed_refunds"]).onward:
            assert f'rel="next" href="?{shown.onward}"' in page.content.decode()
            seen += [row.key for row in shown.rows]
            page = jin.get(f"{where}?{shown.onward}")
        assert [*seen, *(row.key for row in shown.rows)] == [f"refund/{n}" for n in range(3)]
        assert jin.get(f"{where}?refunds=much").context["failed_refunds"].rows[0].amount == 100
