"""Joining: who is let in, what is refused and why, and what a member is promised."""

from __future__ import annotations

import pytest
import society
from society import ANA, BAO, FEI, START, WEN

from sameboat.members import actions
from sameboat.members.actions.joining import AlreadyMember
from sameboat.members.models import Membership

pytestmark = pytest.mark.django_db


def test_whoever_is_eligible_is_a_member_at_once():
    society.running()
    membership = society.joined(ANA)
    assert membership.joined_on.isoformat() == "2026-03-02"
    assert membership.covered_from.isoformat() == "2026-06-01"
    assert membership.until_on.isoformat() == "2048-05-04"
