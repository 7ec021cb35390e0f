"""The review board in numbers: who may vote, until when, and what the votes decide."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from sameboat.rules.calendar import age_on
from sameboat.rules.terms import Board


class Verdict(StrEnum):
    """What a vote decides about a claim."""

    FOR = "for"
    AGAINST = "against"
    VOID = "void"
    """Too few votes: the claim goes back to the assessment."""


def verdict_of(board: Board, *, votes_for: int, votes_against: int) -> Verdict:
    """The verdict of a vote that has ended."""
    assert votes_for >= 0
    assert votes_against >= 0
    votes = votes_for + votes_against
    if votes < board.votes_min:
        return Verdict.VOID
    reached = votes_for * board.votes_for_min.denominator
    needed = votes * board.votes_for_min.numerator
    is_enough = reached > needed or (reached == needed and not board.strict)
    return Verdict.FOR if is_enough else Verdict.AGAINST


def may_be_juror(
    board: Board, *, born: date, joined_on: date, ends_on: date | None, is_payer: bool, on: date
) -> bool:
    """Whether a member may vote on `on`, once the juror's exam is passed."""
    is_member = joined_on <= on and (ends_on is None or on < ends_on)
    return (
        is_member
        and age_on(born, on) >= board.juror_age_min_years
        and (on - joined_on).days >= board.juror_membership_days
        and (is_payer or not board.juror_pays)
    )


def vote_ends_at(board: Board, *, opened_at: datetime) -> datetime:
    """The moment at which a vote closes, itself not included."""
    return opened_at + timedelta(hours=board.voting_hours)


def is_convened_by_objections(board: Board, *, objections: int) -> bool:
    """Whether so many objections bring a case before the board by themselves."""
    return board.objections_min is not None and objections >= board.objections_min
