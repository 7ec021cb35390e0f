"""The copy of one's data: everything in it, fetched with a fresh code, gone after a week."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.apps import apps

import society
from claims.story import begun, day
from rights.test_erasing import own, proved
from sameboat.claims.queries import claim_for_staff, evidence_view
from sameboat.gateways.messaging import sandbox
from sameboat.identity.models import Person
from sameboat.identity.roles import Role
from sameboat.members.models import Membership
from sameboat.rights import actions, queries
from sameboat.rights.actions.copying import CopyNotReady
from sameboat.rights.content import OPENERS, content_of
from sameboat.rights.items import Form, form_of
from sameboat.rights.looks import ROLES
from sameboat.rights.models import DataRequest
from sameboat.rights.proving import NoSuchRequest, NotYoursToDecide, ProofNeeded
from sameboat.rights.register import REGISTER
from sameboat.runtime.keys import KeyDestroyed, keystore
from society import ANA, BAO, FEI, HAO, MEI, WEN, Somebody

pytestmark = pytest.mark.django_db


def copy_of(somebody: Somebody, person: Person, *, on: int = 125) -> zipfile.ZipFile:
    """Asked for, made and fetched."""
    ref = actions.ask_copy(login_id=own(somebody), person_ref=person.ref, now=day(on))
    assert actions.make_copy(ref=ref, now=day(on))
    proved(somebody, now=day(on))
    return zipfile.ZipFile(
        io.BytesIO(actions.fetch_copy(login_id=own(somebody), ref=ref, now=day(on)))
    )


def test_everything_that_is_sealed_can_be_opened_for_its_person() -> None:
    sealed = {
        f"{table.model}.{name}"
        for table in REGISTER
        for item in table.items
        for name in item.fields
        if table.of and not item.is_hidden and form_of(item, name) is Form.SEALED
    }
    assert sealed == set(OPENERS)


def test_holds_all_that_was_said_and_the_documents() -> None:
    story = begun().drafts().opens().sends_all()
    found = copy_of(ANA, story.membership.person)
    data = json.loads(found.read("data.json"))
    tables = data["tables"]
    assert tables["identity.Person"][0]["sealed_name"] == ANA.name
    assert tables["identity.Person"][0]["sealed_document_number"] == ANA.number
    assert tables["identity.Login"][0]["sealed_phone"] == ANA.phone
    assert "胸口剧痛" in tables["claims.Claim"][0]["sealed_facts"]
    assert "安妈妈" in tables["claims.Claim"][0]["sealed_payee"]
    assert "answers" in tables["members.HealthDeclaration"][0]["sealed_answers"]
    assert len(tables["identity.Consent"]) == 3
    page = found.read("data.html").decode()
    assert ANA.name in page and "胸口剧痛" in page and "仁济医院" in page
    documents = [name for name in found.namelist() if name.startswith("documents/")]
    assert len(documents) == 2
    assert all(found.read(name).startswith(b"\xff\xd8") for name in documents)


def test_nothing_of_anybody_else_is_in_it() -> None:
    begun().drafts().opens().sends_all()
    fei = Membership.objects.get(person=society.verified(FEI)).person
    found = copy_of(FEI, fei)
    whole = found.read("data.html") + found.read("data.json")
    assert FEI.name.encode() in whole
    for other in (ANA.name, ANA.number, ANA.phone, "胸口剧痛"):
        assert other.encode() not in whole


def test_every_table_about_people_with_rows_is_in_it() -> None:
    story = begun().drafts().opens().sends_all()
    person = story.membership.person
    there = {table.model for table, _ in content_of(person)}
    for table in REGISTER:
        for path in table.of:
            about = {"pk": person.pk} if path == "self" else {path: person}
            if apps.get_model(table.model)._default_manager.filter(**about).exists():
                assert table.model in there


def test_needs_the_phone_and_is_nobody_elses() -> None:
    ana = society.verified(ANA)
    society.verified(FEI)
    ref = actions.ask_copy(login_id=own(ANA), person_ref=ana.ref, now=day(1))
    proved(ANA, now=day(1))
    with pytest.raises(CopyNotReady):
        actions.fetch_copy(login_id=own(ANA), ref=ref, now=day(1))
    actions.make_copy(ref=ref, now=day(1))
    late = day(1) + timedelta(minutes=11)
    with pytest.raises(ProofNeeded):
        actions.fetch_copy(login_id=own(ANA), ref=ref, now=late)
    proved(FEI, now=day(1))
    with pytest.raises(NoSuchRequest):
        actions.fetch_copy(login_id=own(FEI), ref=ref, now=day(1))
    with pytest.raises(NotYoursToDecide):
        actions.ask_copy(login_id=own(FEI), person_ref=ana.ref, now=day(1))


def test_a_guardian_has_a_childs_and_not_an_adults() -> None:
    society.verified(WEN)
    mei = society.verified(MEI, by=WEN, relation="parent")
    bao = society.verified(BAO, by=WEN, relation="child")
    assert BAO.name in copy_of(WEN, bao, on=1).read("data.json").decode()
    with pytest.raises(NotYoursToDecide):
        actions.ask_copy(login_id=own(WEN), person_ref=mei.ref, now=day(1))
    assert {charge.ref for charge in queries.charges(own(WEN), now=day(1))} == {
        society.verified(WEN).ref,
        bao.ref,
    }


def test_it_is_gone_after_a_week() -> None:
    ana = society.verified(ANA)
    ref = actions.ask_copy(login_id=own(ANA), person_ref=ana.ref, now=day(1))
    actions.make_copy(ref=ref, now=day(1))
    assert actions.drop_copies(now=day(7)) == 0
    assert actions.drop_copies(now=day(8)) == 1
    assert DataRequest.objects.get(ref=ref).state == "EXPIRED"
    with pytest.raises(KeyDestroyed):
        keystore().get("export", ref)
    proved(ANA, now=day(8))
    with pytest.raises(CopyNotReady):
        actions.fetch_copy(login_id=own(ANA), ref=ref, now=day(8))
    assert actions.ask_copy(login_id=own(ANA), person_ref=ana.ref, now=day(8)) != ref


def test_the_message_says_where_and_nothing_else() -> None:
    ana = society.verified(ANA)
    ref = actions.ask_copy(login_id=own(ANA), person_ref=ana.ref, now=day(1))
    actions.make_copy(ref=ref, now=day(1))
    actions.tell(ref=ref, now=day(1))
    last = sandbox.outbox(to=ANA.phone)[0]
    assert last.template == "data_answered"
    assert set(last.data) == {"link"}


def test_every_role_has_a_word_for_members() -> None:
    assert set(ROLES) == set(Role)


def test_the_member_sees_who_looked_at_what_and_not_their_names() -> None:
    story = begun().drafts().opens().sends_all().consents().seals()
    hao = own(HAO)
    claim_for_staff(login_id=hao, ref=story.ref, now=day(126))
    document = story.claim.evidence.earliest("id")
    evidence_view(login_id=hao, evidence_ref=document.ref, now=day(126))
    person = story.membership.person
    name, looks = queries.looks(login_id=own(ANA), person_ref=person.ref, now=day(127))
    assert name == ANA.name
    assert [(look.subject, look.of_health) for look in looks] == [
        (document.ref, True),
        (story.ref, True),
    ]
    assert {role.en for look in looks for role in look.roles} == {"case handler", "finance"}
    with pytest.raises(NotYoursToDecide):
        queries.looks(login_id=own(FEI), person_ref=person.ref, now=day(127))
