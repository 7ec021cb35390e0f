"""What is personal stands nowhere in clear: searched for in a dump of the whole database."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

import society
from sameboat.identity import actions, queries
from sameboat.runtime import postgres
from sameboat.runtime.keys import KeyDestroyed, keystore
from sameboat.runtime.sealing import SealBroken
from society import ANA, BAO, HAO, START, WEN


def dump() -> bytes:
    """The whole database as text, by the same server's pg_dump; bytea stands in hex."""
    settings = connection.settings_dict
    done = subprocess.run(
        [
            str(postgres.program("pg_dump")),
            "--inserts",
            f"--host={settings['HOST']}",
            f"--port={settings['PORT']}",
            f"--username={settings['USER']}",
            str(settings["NAME"]),
        ],
        capture_output=True,
        check=True,
    )
    return done.stdout


@pytest.mark.django_db(transaction=True)
def test_no_name_number_or_phone_stands_in_the_database(client: Client) -> None:
    society.running()
    society.joined(ANA)
    society.joined(WEN)
    society.joined(BAO, by=WEN, relation="child")
    society.signed_in(HAO)
    # One request that nobody has answered, and one sign-in that waits for its code.
    society.asked(replace(ANA, name="未知名", serial=3, phone="+8613800000055"))
    client.post(reverse("account_request_login_code"), {"phone": "+8613800000056"})
    found = dump()
    assert b"members_membership" in found
    planted = [
        *(each.name for each in (ANA, WEN, BAO, HAO)),
        *(each.number for each in (ANA, WEN, BAO, HAO)),
        *(each.phone.removeprefix("+86") for each in (ANA, WEN)),
        "未知名",
        replace(ANA, serial=3).number,
        "13800000055",
        "13800000056",
        society.TOTP_SECRET,
    ]
    for text in planted:
        raw = text.encode()
        assert raw not in found, text
        assert raw.hex().encode() not in found, text


@pytest.mark.django_db
class TestSeals:
    def test_destroying_the_key_erases_name_number_and_receipt(self) -> None:
        person = society.verified(ANA)
        keystore().destroy("person", person.ref)
        for read in (queries.name_of, queries.document_of):
            with pytest.raises(KeyDestroyed):
                read(person)

    def test_a_sealed_value_does_not_open_in_another_place(self) -> None:
        ana, wen = society.verified(ANA), society.verified(WEN)
        ana.sealed_name = ana.sealed_document_number
        with pytest.raises(SealBroken):
            queries.name_of(ana)
        wen.sealed_name = society.verified(ANA).sealed_name
        with pytest.raises(SealBroken):
            queries.name_of(wen)

    def test_relatives_may_be_acted_for_and_strangers_not(self) -> None:
        wen = society.verified(WEN)
        bao = society.verified(BAO, by=WEN, relation="child")
        ana = society.verified(ANA)
        login = society.signed_in(WEN).id
        assert [kind for kind, _ in queries.relatives(login)] == ["self", "child"]
        may = [queries.may_act_for(login, each.id) for each in (wen, bao, ana)]
        assert may == [True, True, False]
        with pytest.raises(queries.NotAllowed):
            actions.give_consent(
                login_id=login, person_id=ana.id, purpose="publication", version="1", now=START
            )
