"""Reads about claims, by who reads: claimants, staff, other members, the machine's operators.

Reads by staff that show personal data leave an audit row, so they are told `now`.
"""

from __future__ import annotations

from sameboat.claims.queries.assisting import AssistanceState, assistance
from sameboat.claims.queries.claimants import (
    ClaimantView,
    EvidenceLine,
    claim_for_claimant,
    claim_of_evidence,
    evidence_opening,
    my_claims,
    payees_known,
)
from sameboat.claims.queries.operators import Course, CourseLine, course, courses
from sameboat.claims.queries.periods import (
    accepted_claims,
    declined_with_refund,
    is_any_undecided,
    turned_down,
)
from sameboat.claims.queries.public import (
    HelpedCase,
    NoSuchCase,
    PublicCase,
    helped_cases,
    public_case,
    public_cases,
    published_case,
)
from sameboat.claims.queries.staff import (
    StaffView,
    Todo,
    WorkItem,
    claim_for_staff,
    claims_of_households,
    decisions_waiting,
    investigators,
    objections_open,
    work_queue,
)
from sameboat.claims.queries.stored import (
    BadDocument,
    check_documents,
    evidence_view,
)
from sameboat.claims.queries.uploads import Progress, upload_progress

__all__ = [
    "AssistanceState",
    "BadDocument",
    "ClaimantView",
    "Course",
    "CourseLine",
    "EvidenceLine",
    "HelpedCase",
    "NoSuchCase",
    "Progress",
    "PublicCase",
    "StaffView",
    "Todo",
    "WorkItem",
    "accepted_claims",
    "assistance",
    "check_documents",
    "claim_for_claimant",
    "claim_for_staff",
    "claim_of_evidence",
    "claims_of_households",
    "course",
    "courses",
    "decisions_waiting",
    "declined_with_refund",
    "evidence_opening",
    "evidence_view",
    "helped_cases",
    "investigators",
    "is_any_undecided",
    "my_claims",
    "objections_open",
    "payees_known",
    "public_case",
    "public_cases",
    "published_case",
    "turned_down",
    "upload_progress",
    "work_queue",
]
