"""The composed application: sealed sessions, strict headers, every table made by a migration."""

from __future__ import annotations

import pytest
from django.core import signing
from django.core.cache import cache
from django.test import Client

from sameboat.identity.models import Session
from sameboat.identity.sessions import SessionStore, stored


def in_database(session: SessionStore) -> str:
    """The key of its row."""
    assert session.session_key is not None
    return stored(session.session_key)


@pytest.mark.django_db
class TestASession:
    def test_opens_again(self) -> None:
        session = SessionStore()
        session["phone"] = "+8613800138000"
        session.save()
        assert SessionStore(session.session_key)["phone"] == "+8613800138000"

    def test_is_not_readable_in_its_table(self) -> None:
        session = SessionStore()
        session["phone"] = "+8613800138000"
        session.save()
        row = Session.objects.get(pk=in_database(session))

        class Raw:
            def dumps(self, obj: object) -> bytes:
                raise AssertionError("only read here")

            def loads(self, data: bytes) -> bytes:
                return data

        raw = signing.loads(row.session_data, salt=session.key_salt, serializer=Raw)
        assert b"13800138000" not in raw

    def test_is_not_found_by_who_reads_its_table(self) -> None:
        session = SessionStore()
        session["phone"] = "+8613800138000"
        session.save()
        row = Session.objects.get()
        assert row.session_key != session.session_key
        assert SessionStore(row.session_key).load() == {}
        session.delete()
        assert not Session.objects.exists()

    def test_that_was_tampered_with_is_empty(self) -> None:
        session = SessionStore()
        session["phone"] = "+8613800138000"
        session.save()
        Session.objects.filter(pk=in_database(session)).update(session_data="nonsense")
        assert SessionStore(session.session_key).load() == {}


@pytest.mark.django_db
def test_pages_have_strict_headers() -> None:
    answer = Client().get("/open/")
    assert answer.status_code == 200
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
def test_the_cache_is_shared_through_the_database() -> None:
    cache.set("limit", 3)
    assert cache.get("limit") == 3
