"""Cases and objections, periods, shares with their working, receipts, household, messages."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

import pool
import society
from sameboat.claims import actions as claims
from sameboat.claims.models import Claim, Objection
from sameboat.members.models import Membership
from sameboat.rules.calendar import day_of
from sameboat.runtime import clock
from sameboat.settlement import queries as settlement
from society import ANA, BAO, FEI, PLAN, START, WEN
from web.pages import client_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown() -> Claim:
    """Ana's case, shown to the members today."""
    society.running()
    own = society.joined(ANA)
    society.joined(FEI)
    now = clock.now()
    claim = pool.proposed(own, now=now - timedelta(days=2))
    today = day_of(now, "Asia/Shanghai")
    assert claims.open_publicity(plan_id=PLAN, publicity_on=today, now=now) == 1
    return claim


class TestCases:
    def test_a_member_sees_the_listed_fields_and_nothing_else(self, shown: Claim) -> None:
        page = text_of(client_of(FEI).get(reverse("web:case", args=[shown.ref])))
        for said in ("安○○", "female", "35 to 39", "Beijing", "¥300.00", "severe", "6 to 11"):
            assert said in page
        for hidden in (ANA.name, ANA.number, "协和医院", "车祸", "1988"):
            assert hidden not in page

    def test_who_is_no_member_sees_no_case(self, shown: Claim, client: Client) -> None:
        assert client.get(reverse("web:case", args=[shown.ref])).status_code == 302
        assert client_of(WEN).get(reverse("web:case", args=[shown.ref])).status_code == 404
        assert "You are not one yet" in text_of(client_of(WEN).get(reverse("web:cases")))

    def test_fei_objects_once(self, shown: Claim) -> None:
        client = client_of(FEI)
        address = reverse("web:case", args=[shown.ref])
        assert address in client.get(reverse("web:cases")).content.decode()
        said = {"reason_code": "began_earlier", "text": "她去年就病了"}
        answer = client.post(address, said, follow=True)
        assert "Your objection was received" in text_of(answer)
        assert "她去年就病了" not in text_of(answer)
        assert Objection.objects.count() == 1
        client.post(address, said)
        assert Objection.objects.count() == 1

    def test_an_objection_without_a_reason_keeps_what_was_written(self, shown: Claim) -> None:
        address = reverse("web:case", args=[shown.ref])
        page = client_of(FEI).post(address, {"text": "她去年就病了"}).content.decode()
        assert 'href="#id_reason_code"' in page
        assert "她去年就病了" in page

    def test_nobody_objects_to_their_own_case(self, shown: Claim) -> None:
        page = client_of(ANA).get(reverse("web:case", args=[shown.ref]))
        assert "This is your own case" in text_of(page)


@pytest.fixture
def settled() -> Membership:
    """A period with Ana's accident is settled and announced; who shared it first."""
    members = pool.filled(4)
    pool.proposed(members[0])
    pool.announced()
    return members[1]


PAYS = pool.another(0)


@pytest.mark.django_db(transaction=True)
class TestShares:
    def test_the_list_leads_to_the_working(self, settled: Membership) -> None:
        client = client_of(PAYS)
        address = reverse("web:share", args=[settled.ref, pool.D])
        listed = client.get(reverse("web:shares"))
        assert address in listed.content.decode()
        page = text_of(client.get(address))
        period = settlement.period(PLAN, pool.D)
        assert period is not None
        for line in settlement.working(period, "en"):
            assert line in page.replace("&#x27;", "'")
        assert "You share like everybody" in page or "You reached a limit" in page
        assert "¥300.00" in page
        answer = client.get(reverse("web:share_files", args=[settled.ref, pool.D]))
        names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
        assert sorted(names) == ["1.entry.json", "1.share.json", "1.tlog-proof"]

    def test_nobody_sees_the_share_of_another(self, settled: Membership) -> None:
        for page in ("web:share", "web:share_files"):
            answer = client_of(FEI).get(reverse(page, args=[settled.ref, pool.D]))
            assert answer.status_code == 404
        # Nor one that does not exist.
        answer = client_of(PAYS).get(reverse("web:share", args=[settled.ref, date(2026, 4, 7)]))
        assert answer.status_code == 404
        assert "There is no period" in text_of(answer)

    def test_a_settled_share_is_owed_when_leaving(self, settled: Membership) -> None:
        page = client_of(PAYS).get(reverse("web:leave", args=[settled.ref]))
        assert "What is still owed" in text_of(page)


@pytest.mark.django_db(transaction=True)
class TestPeriods:
    def test_everybody_may_see_the_totals_but_not_who_was_helped(
        self, settled: Membership, client: Client
    ) -> None:
        assert client.get(reverse("web:periods", args=[PLAN])).status_code == 200
        english = Client(headers={"accept-language": "en"})
        address = reverse("web:period", args=[PLAN, pool.D])
        page = text_of(english.get(address))
        assert "The division" in page
        assert "Members of the plan see here who was helped" in page
        assert "aged 35 to 39" in text_of(client_of(PAYS).get(address))

    def test_a_period_that_is_not_settled_says_provisional(self) -> None:
        members = pool.filled(2)
        pool.proposed(members[0])
        pool.settled_until(pool.at(pool.D))
        page = text_of(client_of(PAYS).get(reverse("web:period", args=[PLAN, pool.D])))
        assert "Provisional" in page

    def test_a_period_without_claims_says_that_nobody_is_debited(self) -> None:
        pool.filled(2)
        pool.announced()
        page = text_of(client_of(PAYS).get(reverse("web:period", args=[PLAN, pool.D])))
        assert "Nobody is debited in this period" in page

    def test_what_does_not_exist_is_a_page_that_says_so(self) -> None:
        society.running()
        client = Client(headers={"accept-language": "en"})
        answer = client.get(reverse("web:period", args=[PLAN, date(2031, 1, 7)]))
        assert answer.status_code == 404
        assert "no period" in text_of(answer)
        assert client.get(reverse("web:plan", args=["no-such-plan"])).status_code == 404


class TestMine:
    def test_household_receipts_messages_and_the_way_out(self) -> None:
        society.running()
        society.joined(WEN)
        society.joined(BAO, by=WEN, relation="child")
        client = client_of(WEN)
        assert "My child" in text_of(client.get(reverse("web:household")))
        assert reverse("account_logout") in client.get(reverse("web:mine")).content.decode()
        assert client.get(reverse("web:messages")).status_code == 200
        page = client.get(reverse("web:receipts")).content.decode()
        assert reverse("web:policy") in page
        assert client.get(reverse("web:policy"))["Content-Type"] == "application/json"

    def test_a_join_is_a_ticket_first_and_then_a_receipt(self) -> None:
        society.running()
        own = society.joined(ANA)
        address = reverse("web:join_files", args=[own.ref])
        first = client_of(ANA).get(address)
        assert zipfile.ZipFile(io.BytesIO(first.content)).namelist() == ["1.ticket.json"]
        pool.settled_until(START + timedelta(days=2))
        later = client_of(ANA).get(address)
        assert "1.join.json" in zipfile.ZipFile(io.BytesIO(later.content)).namelist()

    @pytest.mark.django_db(transaction=True)
    def test_a_list_of_shares_costs_no_query_per_period(
        self, settled: Membership, django_assert_max_num_queries: object
    ) -> None:
        with django_assert_max_num_queries(40):  # type: ignore[operator]
            client_of(PAYS).get(reverse("web:shares"))
