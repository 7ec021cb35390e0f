"""The invented people: seeded, valid, and nobody twice."""

from __future__ import annotations

from datetime import date

from sameboat.gateways.identity_check import Outcome, sandbox
from sameboat.rules.calendar import age_on
from sameboat.rules.documents import DocumentKind, DocumentNumber, read_number
from sameboat.simulation.society import ADULT_YEARS, families, staff

TODAY = date(2026, 11, 22)


class TestFamilies:
    def test_are_as_many_people_as_asked_for(self) -> None:
        assert sum(len(f.people) for f in families(seed=1, people=777, today=TODAY)) == 777

    def test_the_same_seed_gives_the_same_people_and_another_gives_others(self) -> None:
        first = families(seed=1, people=50, today=TODAY)
        assert first == families(seed=1, people=50, today=TODAY)
        assert first != families(seed=2, people=50, today=TODAY)

    def test_everybody_has_a_number_of_their_own_that_says_who_they_are(self) -> None:
        people = [p for f in families(seed=3, people=2_000, today=TODAY) for p in f.people]
        people += staff(seed=3, count=8, today=TODAY)
        assert len({person.number for person in people}) == len(people)
        for person in people:
            read = read_number(DocumentKind.RESIDENT_ID, person.number)
            assert isinstance(read, DocumentNumber)
            assert (read.born_on, read.sex) == (person.born_on, person.sex)

    def test_the_sandbox_knows_everybody(self) -> None:
        for family in families(seed=4, people=300, today=TODAY):
            for person in family.people:
                answer = sandbox.check(
                    document_kind=DocumentKind.RESIDENT_ID,
                    document_number=person.number,
                    name=person.name.hanzi,
                )
                assert answer.outcome is Outcome.MATCH

    def test_payers_and_their_kin_are_of_the_ages_that_the_plans_take(self) -> None:
        for family in families(seed=5, people=2_000, today=TODAY):
            assert family.payer.relation == "self"
            for person in family.people:
                age = age_on(person.born_on, TODAY)
                assert age <= 59
                assert (age < ADULT_YEARS) == (person.relation == "child")
                assert (TODAY - person.born_on).days >= 30

    def test_families_look_like_families(self) -> None:
        found = families(seed=6, people=2_000, today=TODAY)
        kinds = [person.relation for family in found for person in family.people]
        assert {"self", "child", "spouse", "parent"} == set(kinds)
        assert 2 < len(kinds) / len(found) < 4
