-- What comes with new memberships that were made by transfer: the wish names the membership it led
-- to, what was declared at joining counts on, and the agreement to the other plan is written down.
-- The memberships of `refs` stand already, made for the transfers of `transfers`, in this order.
WITH made AS (
    SELECT asked.transfer, membership.id AS into_id, membership.person_id, membership.version
    FROM unnest(%(transfers)s::bigint[], %(refs)s::text[]) AS asked (transfer, ref)
    JOIN members_membership AS membership ON membership.ref = asked.ref
),
linked AS (
    UPDATE members_transfer AS transfer
    SET into_id = made.into_id
    FROM made
    WHERE transfer.id = made.transfer
    RETURNING transfer.membership_id, transfer.into_id, transfer.asked_by_id, transfer.asked_at,
        transfer.to_plan, transfer.disclosure_version
),
declared AS (
    INSERT INTO members_healthdeclaration (
        membership_id, questions_version, sealed_answers, declared_by_id, declared_at
    )
    SELECT linked.into_id, earlier.questions_version, earlier.sealed_answers,
        earlier.declared_by_id, earlier.declared_at
    FROM linked
    JOIN members_healthdeclaration AS earlier ON earlier.membership_id = linked.membership_id
),
consents AS (
    INSERT INTO identity_consent (person_id, purpose, version, given_at, given_by_id)
    SELECT made.person_id, given.purpose, linked.to_plan || ':' || given.version,
        linked.asked_at, linked.asked_by_id
    FROM linked
    JOIN made ON made.into_id = linked.into_id
    CROSS JOIN LATERAL (
        VALUES ('terms', made.version), ('disclosure', linked.disclosure_version)
    ) AS given (purpose, version)
    ON CONFLICT DO NOTHING
)
SELECT transfer FROM made
