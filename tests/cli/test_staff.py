"""`sameboat staff`: people are hired, given roles, renewed and retired at a shell."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse
from typer.testing import CliRunner, Result

import society
from sameboat.cli.staff import BadPersonFile, app
from sameboat.gateways.identity_check import Outcome
from sameboat.gateways.identity_check.sandbox import number_for
from sameboat.identity import actions, queries
from sameboat.identity.actions.staff import NoSuchStaff, NotConfirmed, StaffRetired
from sameboat.identity.models import AuditRow, Login, Person
from sameboat.identity.roles import Role
from society import LIN, START

pytestmark = pytest.mark.django_db


def described(somebody: society.Somebody, **other: str) -> str:
    facts = {"name": somebody.name, "document_kind": "resident_id"}
    return json.dumps(facts | {"document_number": somebody.number} | other)


def call(*words: str, told: str | None = None) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(app, words, input=told)


def hired() -> dict[str, Any]:
    """Lin, as the command tells of her."""
    done = call(
        *("add", "lin", "--role", "second_decider", "--role", "supervisor"),
        *("--person", "-", "--json"),
        told=described(LIN),
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert isinstance(told, dict)
    return told


def signed_in(told: dict[str, Any]) -> bool:
    """Whether the printed password and secret open the console."""
    client = Client()
    entered = {"login": told["login"], "password": told["password"]}
    answer: Any = client.post(reverse("account_login"), entered)
    if answer.status_code != 302:
        return False
    counter = int(datetime.now(UTC).timestamp()) // 30
    code = format_hotp_value(hotp_value(told["totp_secret"], counter))
    client.post(answer.url, {"code": code})
    return "_auth_user_id" in client.session


class TestAdding:
    def test_what_is_printed_signs_in_and_nothing_personal_is_printed(self) -> None:
        told = hired()
        assert signed_in(told)
        assert told["totp_secret"] in told["totp_uri"]
        assert not {LIN.name, LIN.number} & set(json.dumps(told, ensure_ascii=False).split('"'))
        login = Login.objects.get(name="lin")
        assert queries.roles_of(login.id) == {Role.SECOND_DECIDER, Role.SUPERVISOR}
        granted = AuditRow.objects.filter(login=login, verb="staff.grant")
        assert set(granted.values_list("subject", flat=True)) == {"second_decider", "supervisor"}

    def test_a_person_is_asked_for_and_the_number_is_not_echoed(self) -> None:
        typed = f"{LIN.name}\nresident_id\n{LIN.number}\n"
        done = call("add", "lin", "--role", "auditor", told=typed)
        assert done.exit_code == 0, done.output
        assert "Password: " in done.stdout
        assert LIN.number not in done.output
        assert queries.name_of(Person.objects.get()) == LIN.name

    @pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.MATCH])
    def test_whom_the_gateway_does_not_confirm_gets_no_login(self, outcome: Outcome) -> None:
        number = number_for(outcome, born_on=LIN.born_on, sex="f")
        words = ("add", "lin", "--role", "auditor", "--person", "-")
        done = call(*words, told=described(LIN, document_number=number))
        assert isinstance(done.exception, NotConfirmed)
        assert not Login.objects.exists()
        assert not Person.objects.exists()

    @pytest.mark.parametrize(
        ("told", "named"),
        [
            ("no json", "no JSON"),
            ("[]", "no object"),
            (described(LIN, nickname="x"), "no field nickname"),
            (described(LIN, name=" "), "name is missing"),
            (described(LIN, document_kind="library_card"), "document_kind"),
            (described(LIN, document_number="123"), "document_number"),
            (described(LIN, sex="x"), "sex"),
            (described(LIN, born_on="yesterday"), "born_on"),
        ],
    )
    def test_a_bad_description_is_refused_by_its_field(self, told: str, named: str) -> None:
        done = call("add", "lin", "--role", "auditor", "--person", "-", told=told)
        assert isinstance(done.exception, BadPersonFile)
        assert named in str(done.exception)
        assert LIN.number not in str(done.exception)
        assert not Login.objects.exists()

    def test_a_passport_tells_no_birth_so_it_is_stated(self, tmp_path: Path) -> None:
        file = tmp_path / "person.json"
        passport = {"document_kind": "passport", "document_number": "E12345678"}
        file.write_text(described(LIN, **passport))
        words = ("add", "lin", "--role", "auditor", "--person", str(file))
        done = call(*words)
        assert getattr(done.exception, "code", "") == "birth_unknown"
        file.write_text(described(LIN, **passport, born_on="1982-08-08", sex="f"))
        assert call(*words).exit_code == 0
        assert Person.objects.get().born_on.isoformat() == "1982-08-08"


class TestAfterwards:
    def test_the_list_names_logins_and_nobody(self) -> None:
        hired()
        done = call("list")
        assert "second_decider, supervisor" in done.stdout
        assert LIN.name not in done.stdout
        (line,) = json.loads(call("list", "--json").stdout)
        assert (line["name"], line["active"], line["second_factor"]) == ("lin", True, True)

    def test_roles_are_given_and_taken_once(self) -> None:
        hired()
        words = ("roles", "lin", "--grant", "auditor", "--revoke", "supervisor", "--json")
        for _ in range(2):
            told = json.loads(call(*words).stdout)
            assert told == {"login": "lin", "roles": ["auditor", "second_decider"]}
        assert AuditRow.objects.filter(verb="staff.revoke", subject="supervisor").count() == 1
        assert AuditRow.objects.filter(verb="staff.grant", subject="auditor").count() == 1

    def test_renewed_the_old_secrets_and_tokens_end(self) -> None:
        before = hired()
        login = Login.objects.get()
        token = actions.issue_token(login_id=login.id, now=START).token
        after = json.loads(call("renew", "lin", "--json").stdout)
        assert queries.login_of_token(token, now=START) is None
        assert not signed_in(before)
        assert not signed_in(before | {"password": after["password"]})
        assert signed_in(after)

    def test_retired_nothing_opens_and_nothing_comes_back(self) -> None:
        told = hired()
        login = Login.objects.get()
        token = actions.issue_token(login_id=login.id, now=START).token
        for _ in range(2):
            assert call("retire", "lin").exit_code == 0
        assert queries.login_of_token(token, now=START) is None
        assert not signed_in(told)
        assert queries.roles_of(login.id) == frozenset()
        assert isinstance(call("renew", "lin").exception, StaffRetired)
        assert isinstance(call("roles", "lin", "--grant", "auditor").exception, StaffRetired)
        assert json.loads(call("list", "--json").stdout)[0]["active"] is False
        assert AuditRow.objects.filter(verb="staff.retire").count() == 1

    def test_who_is_no_staff_is_not_there(self) -> None:
        member = society.signed_in(society.ANA)
        for words in (("retire", "nobody"), ("retire", member.name), ("renew", member.name)):
            assert isinstance(call(*words).exception, NoSuchStaff)
