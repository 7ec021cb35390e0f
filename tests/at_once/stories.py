"""Stories whose verbs are each done by two at once: tests of one person's acts, told again.

Whatever such a test says must still hold when everything in it was done twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pool
import society
from claims import test_assisting
from claims import test_payee_change as payee_change
from claims.story import PUBLICITY_ON, at, begun, day, login
from claims.test_drafting import TestDropping, TestMending, TestTakingOut
from claims.test_payee import TestGateway
from claims.test_uploads import TestPieces
from cli.test_staff import TestAfterwards
from identity import test_mandates
from identity.test_new_document import TestSecondLook
from kill.story import STORY, work
from members import test_adopting, test_consenting
from members.test_consenting import TestByCode
from members.test_living import TestAMistake
from members.test_payers import TestTakingOver
from members.test_returning import TestFiftyOneMinutes
from members.test_transferring import TestAsking
from payments.test_arrears import CLOSED, TestByHand
from payments.test_reopening import TestAfterThePayout
from rights import test_copying, test_erasing
from rights.test_consents import TestTakingBack
from rights.test_correcting import TestReasons, TestWhoSomebodyIs
from rights.test_erasing import TestErasing, TestWaiting
from sameboat.claims import actions as claims
from sameboat.gateways.payment import Kind, sandbox
from sameboat.identity import actions as identity
from sameboat.identity.models import Verification
from sameboat.identity.queries import acting_for_me, relations_asked
from sameboat.members import actions as members
from sameboat.members.models import Membership
from sameboat.payments import actions as payments
from sameboat.payments.actions.resolving import possible_for
from sameboat.payments.models import Difference, Refund
from sameboat.record import actions as record
from sameboat.rights import actions as rights
from sameboat.rights.models import DataRequest
from sameboat.rules.money import Fen
from sameboat.runtime.settings import settings
from sameboat.settlement.models import Recovery
from scenarios import test_late_record, test_wind_down
from society import ANA, FEI, HAO, LIN, MEI, PLAN, WEN, asked


def a_month_of_money() -> None:
    """Every write of settlement and payments; a refund that failed is sent again."""
    for step in STORY:
        step.prepare(step.now)
        work(step)
    failed = Refund.objects.get(state="FAILED")
    payments.retry_refund(login_id=login(HAO), refund_id=failed.pk, now=STORY[-1].now)


def people_who_wait_for_the_gateway() -> None:
    """Three ask at the same time; each is asked about once."""
    refs = [society.asked(each) for each in (ANA, FEI, WEN)]
    identity.answer_verifications_due(now=society.START)
    assert Verification.objects.filter(ref__in=refs, outcome="match", attempts=1).count() == 3


def aid_that_is_given_back() -> None:
    """A paid claim is reopened, and less was due."""
    TestAfterThePayout().test_less_is_due_the_fee_comes_back_at_once_and_the_aid_is_owed()
    payments.state_repayment(
        login_id=login(HAO),
        recovery_id=Recovery.objects.get().pk,
        amount=Fen(100),
        note="转账",
        now=pool.at(CLOSED),
    )


def aid_that_never_comes_back() -> None:
    """The same, and finance knows that the payee has nothing."""
    TestAfterThePayout().test_less_is_due_the_fee_comes_back_at_once_and_the_aid_is_owed()
    payments.propose_write_off(
        login_id=login(HAO),
        recovery_id=Recovery.objects.get().pk,
        note="查无财产",
        now=pool.at(CLOSED),
    )


def a_claim_with_second_thoughts() -> None:
    """Asked for more, proposed, dropped, recalled, declined, appealed; the next one withdrawn."""
    story = begun().drafts().opens().sends_all().consents().seals()
    claims.ask_evidence(
        login_id=login(LIN),
        claim_ref=story.ref,
        kinds=["bill"],
        reason_code="missing",
        due_on=day(140).date(),
        now=day(122),
    )
    story.is_investigated()
    claims.drop_decision(login_id=login(HAO), decision_id=story.proposed_by_hao(), now=day(126))
    story.confirmed_by_lin(story.proposed_by_hao(127), 127)
    recalled = claims.recall_decision(
        login_id=login(HAO), claim_ref=story.ref, reason_code="mistake", now=day(128)
    )
    story.confirmed_by_lin(recalled, 128)
    story.confirmed_by_lin(story.declined_by_hao(129), 129)
    claims.appeal(login_id=login(ANA), claim_ref=story.ref, text="请复核", now=day(130))
    claims.withdraw_claim(login_id=login(ANA), claim_ref=story.ref, now=day(131))


def a_case_that_is_doubted() -> None:
    """Shown, objected to, answered, accepted, and looked at again."""
    story = begun().is_published()
    objection = story.objected_to(FEI)
    story.answered(objection, "dismissed", now=at(PUBLICITY_ON, days=2))
    close = at(PUBLICITY_ON, days=3)
    claims.finalise(plan_id=story.claim.plan, publicity_on=PUBLICITY_ON, now=close)
    record.sequence(now=close)
    claims.reopen_claim(
        login_id=login(LIN), claim_ref=story.ref, reason_code="court", reason="判决", now=close
    )


def somebody_who_asks_to_act() -> None:
    """Fei says to be Ana's husband: she refuses, agrees a month later, and ends it."""
    begun()
    for on in (1, 40):
        ref = asked(ANA, by=FEI, relation="spouse", now=day(on))
        identity.answer_verification(ref=ref, now=day(on))
        (waiting,) = relations_asked(login(ANA))
        if on == 1:
            identity.refuse_relation(login_id=login(ANA), asked_id=waiting.id, now=day(on))
            identity.forget_refused(now=day(39))
        else:
            identity.agree_to_relation(login_id=login(ANA), asked_id=waiting.id, now=day(on))
    (acting,) = acting_for_me(login(ANA))
    members.end_relation(login_id=login(ANA), relation_id=acting.id, now=day(41))


def a_login_and_its_end() -> None:
    """A member's tokens, consents and codes, and a day of the audit trail."""
    story = begun().drafts().consents()
    own = login(ANA)
    token = identity.issue_token(login_id=own, now=day(1)).token
    identity.revoke_token(token=token, now=day(2))
    program = identity.grant_token(
        login_id=own, name="对账", scopes=["shares:read"], days=7, now=day(3)
    )
    identity.end_token(login_id=own, ref=program.ref, now=day(3))
    identity.issue_token(login_id=own, now=day(3))
    identity.revoke_tokens(login_id=own, now=day(4))
    identity.sign_out_everywhere(login_id=own, now=day(4))
    identity.revoke_consent(
        login_id=own,
        person_id=story.membership.person_id,
        purpose="publication",
        now=day(121),
    )
    identity.record_audit_days(now=day(200))


def a_payer_who_owes() -> None:
    """Asked for by hand, paid; somebody leaves and is back the next minute."""
    TestByHand().test_asked_twice_it_is_debited_once()
    own = Membership.objects.get(person=society.verified(ANA))
    members.leave(login_id=login(ANA), membership_ref=own.ref, now=pool.at(CLOSED))
    payments.come_back(login_id=login(ANA), membership_ref=own.ref, now=pool.at(CLOSED, 1))


def a_mother_who_agrees_herself() -> None:
    """On her own phone; then codes and logins that are over are forgotten."""
    adult = test_consenting.mother()
    herself = society.Somebody(name=MEI.name, born_on=MEI.born_on, sex="f", phone="+8613900000123")
    society.verified(herself)
    members.agree(login_id=login(herself), membership_ref=adult.ref, now=day(1))
    members.forget_codes(now=day(100))
    members.tell_news(now=day(100))
    identity.forget_verifications(now=day(100))
    identity.forget_unproved_logins(now=day(100))
    identity.forget_tokens(now=day(400))


def _difference() -> Difference:
    """A line in the gateway's statement that nobody asked for."""
    pool.filled(1)
    sandbox.stray(key="stray", kind=Kind.DEBIT, amount=Fen(70), now=day(1))
    payments.advance(plan_id=PLAN, now=day(3))
    return Difference.objects.get()


def another_payee_after_the_decision() -> None:
    """Asked for and stopped; asked for again, and a supervisor agrees."""
    ana, *_others = pool.filled(1)
    claim = pool.proposed(ana)
    payee_change.TestAsking().test_everybody_is_told_and_can_stop_it(claim)
    payee_change.TestDeciding().test_refused_the_payee_stays(claim)
    identity.forget_phone_codes(now=day(100))


def _ana_and_a_neighbour() -> Membership:
    society.running()
    society.verified(FEI)
    return society.joined(ANA)


def a_neighbour_who_helps() -> None:
    """Fills a claim in with Ana, who agrees by two codes; another time she ends it."""
    test_assisting.TestTheClaim().test_is_the_members_and_the_record_says_that_it_was_assisted(
        _ana_and_a_neighbour()
    )


def help_that_is_ended() -> None:
    """The member ends what somebody else began."""
    test_assisting.TestTheClaim().test_the_member_ends_it(_ana_and_a_neighbour())


def a_paper_for_a_neighbour() -> None:
    """Staff grant it, take it back, and grant it until its last day."""
    own = _ana_and_a_neighbour()
    test_mandates.test_both_of_them_and_staff_take_it_back_and_nobody_else(own)
    test_mandates.test_by_the_paper_the_neighbour_acts_until_its_last_day(own)


def a_copy_of_everything() -> None:
    """Asked for, made, and fetched by whoever holds the phone; gone after a week."""
    test_copying.test_needs_the_phone_and_is_nobody_elses()
    rights.fetch_copy(login_id=login(ANA), ref=DataRequest.objects.get().ref, now=day(1))
    rights.drop_copies(now=day(20))


def an_erasure() -> None:
    """Asked for and withdrawn; asked for again, and everything about Ana is erased."""
    story = begun().drafts().opens().sends_all()
    record.sequence(now=day(120))
    test_erasing.withdrawn_and_left(story)
    ref = test_erasing.asks_to_be_erased(ANA, now=day(121))
    rights.withdraw_request(login_id=login(ANA), ref=ref, now=day(121))
    TestErasing().erased(story)


def a_correction() -> None:
    """Asked for, answered by one, confirmed by another; and the reasons of a mark."""
    TestWhoSomebodyIs().test_is_corrected_by_two_persons(society.verified(ANA))
    TestReasons().test_are_told_and_a_human_takes_the_mark_away()


def consent_that_is_taken_back() -> None:
    """The terms: every plan is left; and given again."""
    story = begun().drafts().opens().sends_all().consents().seals()
    TestTakingBack().test_without_the_terms_every_plan_is_left(story)
    rights.give_consent(
        login_id=login(ANA),
        person_ref=story.membership.person.ref,
        purpose="health_data",
        now=day(140),
    )


def an_audit_that_an_erasure_waits_for() -> None:
    """Set, lifted, and the marks that are over forgotten."""
    TestWaiting().test_a_hold_that_is_lifted_holds_nothing()
    rights.forget_marks(now=day(4000))


def a_difference_that_two_settle() -> None:
    """Proposed, dropped, proposed and confirmed."""
    found = _difference()
    about: Any = {"difference_id": found.pk, "now": day(4)}
    said: Any = {"resolution": possible_for(found)[0].value, "note": "核对"}
    payments.propose_resolution(login_id=login(HAO), **said, **about)
    payments.drop_resolution(login_id=login(LIN), **about)
    payments.propose_resolution(login_id=login(HAO), **said, **about)
    payments.confirm_resolution(login_id=login(LIN), **about)


def a_grandmother_who_stays_after_all() -> None:
    """She asked to go on in the plan for the old, and takes it back."""
    folder = Path(mkdtemp(dir=settings().data_dir))
    TestAsking().test_it_can_be_taken_back_until_the_day(folder)


def a_document_in_pieces() -> None:
    """The last piece makes the document."""
    TestPieces().test_the_last_piece_makes_the_document(begun().drafts().opens())


@dataclass(frozen=True)
class Told:
    """A story, and the verbs that are done in it by two at once."""

    tell: Callable[[], None]
    verbs: str

    @property
    def labels(self) -> set[str]:
        """The verbs with their packages: `claims.seal_claim`."""
        return set(self.verbs.split())


STORIES: dict[str, Told] = {
    "a month of money": Told(
        a_month_of_money,
        "identity.open_login identity.make_staff identity.request_verification "
        "identity.answer_verification identity.give_consent members.join members.close_days_due "
        "members.propose_wind_down members.announce_wind_down claims.draft_claim claims.open_claim "
        "claims.add_evidence claims.seal_claim claims.assign_investigator "
        "claims.report_investigation claims.propose_aid claims.decline_claim "
        "claims.confirm_decision claims.reopen_claim settlement.advance payments.advance "
        "payments.propose_resolution payments.confirm_resolution payments.retry_payout "
        "payments.retry_refund payments.pay_arrears record.start_record record.sequence",
    ),
    "people who wait for the gateway": Told(
        people_who_wait_for_the_gateway, "identity.answer_verifications_due"
    ),
    "aid that is given back": Told(aid_that_is_given_back, "payments.state_repayment"),
    "aid that never comes back": Told(aid_that_never_comes_back, "payments.propose_write_off"),
    "a claim with second thoughts": Told(
        a_claim_with_second_thoughts,
        "claims.ask_evidence claims.drop_decision claims.recall_decision claims.appeal "
        "claims.withdraw_claim",
    ),
    "a case that is doubted": Told(
        a_case_that_is_doubted,
        "claims.open_publicity claims.object_to_claim claims.answer_objection claims.finalise",
    ),
    "a case that was shown too late": Told(
        test_late_record.test_it_is_held_put_back_and_shown_anew,
        "claims.hold_refused claims.release_claim",
    ),
    "a draft that is mended": Told(
        lambda: TestMending().test_everything_said_is_said_anew(begun()), "claims.edit_claim"
    ),
    "a draft that is dropped": Told(
        TestDropping().test_a_draft_leaves_nothing_but_a_destroyed_key, "claims.drop_draft"
    ),
    "a document that is taken out": Told(
        TestTakingOut().test_the_files_are_erased_and_the_seal_names_the_commitment,
        "claims.take_out_evidence",
    ),
    "a document in pieces": Told(a_document_in_pieces, "claims.begin_upload claims.add_piece"),
    "another payee": Told(
        lambda: TestGateway().test_another_payee_between_two_decisions_waits_for_the_gateway(
            begun()
        ),
        "claims.name_payee claims.answer_payee",
    ),
    "another payee after the decision": Told(
        another_payee_after_the_decision,
        "claims.ask_payee_change claims.confirm_payee_change claims.stop_payee_change "
        "claims.decide_payee_change identity.forget_phone_codes",
    ),
    "somebody who asks to act": Told(
        somebody_who_asks_to_act,
        "identity.refuse_relation identity.forget_refused members.end_relation",
    ),
    "a login and its end": Told(
        a_login_and_its_end,
        "identity.issue_token identity.revoke_token identity.revoke_tokens identity.grant_token "
        "identity.end_token identity.sign_out_everywhere identity.revoke_consent "
        "identity.record_audit_days",
    ),
    "a payer who owes": Told(
        a_payer_who_owes, "payments.pay_arrears members.leave payments.come_back"
    ),
    "a death by mistake": Told(
        TestAMistake().test_the_household_is_as_if_it_had_not_been, "members.undo_death"
    ),
    "a payer who dies": Told(
        TestTakingOver().test_the_other_parent_verifies_the_child_and_pays_from_then_on,
        "identity.agree_to_relation members.record_death members.take_over",
    ),
    "away for 51 minutes": Told(
        TestFiftyOneMinutes().test_nothing_is_lost, "members.leave members.come_back"
    ),
    "a grandmother who stays after all": Told(
        a_grandmother_who_stays_after_all, "members.ask_transfer members.drop_transfer"
    ),
    "a neighbour who helps": Told(
        a_neighbour_who_helps,
        "claims.begin_assistance claims.open_assistance claims.draft_assisted "
        "claims.add_assisted_evidence claims.ask_to_hand_in claims.hand_in_assisted",
    ),
    "help that is ended": Told(help_that_is_ended, "claims.end_assistance"),
    "a paper for a neighbour": Told(
        a_paper_for_a_neighbour,
        "identity.grant_mandate identity.revoke_mandate identity.end_mandates",
    ),
    "a copy of everything": Told(
        a_copy_of_everything,
        "rights.send_code rights.prove rights.ask_copy rights.make_copy rights.fetch_copy "
        "rights.drop_copies",
    ),
    "an erasure": Told(an_erasure, "rights.ask_erasure rights.withdraw_request rights.erase_due"),
    "a correction": Told(
        a_correction,
        "rights.ask_correction rights.answer_request rights.confirm_answer rights.ask_reasons",
    ),
    "consent that is taken back": Told(
        consent_that_is_taken_back, "rights.give_consent rights.revoke_consent"
    ),
    "an audit that an erasure waits for": Told(
        an_audit_that_an_erasure_waits_for, "rights.set_hold rights.lift_hold rights.forget_marks"
    ),
    "new terms": Told(
        test_adopting.test_one_proposes_another_reads_what_it_changes_and_adopts_it,
        "plans.adopt members.propose_rulebook members.adopt_rulebook",
    ),
    "new terms that are dropped": Told(
        test_adopting.test_two_persons_of_the_right_roles_are_needed_and_either_may_drop_it,
        "members.propose_rulebook members.drop_rulebook",
    ),
    "a mother who agrees by code": Told(
        TestByCode().test_the_code_from_her_own_phone_starts_cover,
        "members.ask_consent members.send_consent_code members.agree_by_code",
    ),
    "a mother who agrees herself": Told(
        a_mother_who_agrees_herself,
        "members.agree members.forget_codes members.tell_news identity.forget_verifications "
        "identity.forget_unproved_logins identity.forget_tokens",
    ),
    "a child who gets an ID": Told(
        TestSecondLook().test_another_name_waits_for_a_member_of_staff,
        "identity.request_new_document identity.decide_new_document",
    ),
    "a difference that two settle": Told(
        a_difference_that_two_settle,
        "payments.propose_resolution payments.drop_resolution payments.confirm_resolution",
    ),
    "a plan that ends": Told(
        test_wind_down.test_two_persons_end_a_plan_and_until_then_it_goes_on,
        "members.propose_wind_down members.drop_wind_down members.announce_wind_down",
    ),
    "a staff login that is renewed": Told(
        TestAfterwards().test_renewed_the_old_secrets_and_tokens_end,
        "identity.hire identity.renew_staff",
    ),
    "a staff login that gets roles": Told(
        TestAfterwards().test_roles_are_given_and_taken_once, "identity.change_roles"
    ),
    "a staff login that is retired": Told(
        TestAfterwards().test_retired_nothing_opens_and_nothing_comes_back,
        "identity.retire_staff",
    ),
}
