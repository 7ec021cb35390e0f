-- One join in one statement: the payer's household if there is none yet, the membership, the
-- sealed answers, and the consents that joining gives. The unique indexes say who is first.
-- No row: somebody else made the person a member a moment ago.
WITH new_household AS (
    INSERT INTO members_household (payer_id, customer_ref, mandate_at)
    SELECT %(payer_id)s, %(customer_ref)s, %(now)s
    WHERE %(household_id)s::bigint IS NULL
    ON CONFLICT (payer_id) DO UPDATE SET payer_id = excluded.payer_id
    RETURNING id
),
household AS (
    SELECT id FROM new_household
    UNION ALL
    SELECT %(household_id)s::bigint WHERE %(household_id)s::bigint IS NOT NULL
),
membership AS (
    INSERT INTO members_membership (
        ref, plan, version, person_id, household_id, born_on, tier, joined_on, joined_at,
        covered_from, until_on, terms_hash, who, join_leaf, review_reasons,
        needs_consent, end_reason
    )
    SELECT
        %(ref)s, %(plan)s, %(version)s, %(person_id)s, household.id, %(born_on)s, %(tier)s,
        %(joined_on)s, %(now)s, %(covered_from)s, %(until_on)s, %(terms_hash)s, %(who)s,
        %(join_leaf)s, %(review_reasons)s, %(needs_consent)s, ''
    FROM household
    ON CONFLICT (plan, person_id) WHERE ends_on IS NULL DO NOTHING
    RETURNING id
),
declaration AS (
    INSERT INTO members_healthdeclaration (
        membership_id, questions_version, sealed_answers, declared_by_id, declared_at
    )
    SELECT membership.id, %(questions_version)s, %(sealed_answers)s, %(login_id)s, %(now)s
    FROM membership
),
consents AS (
    INSERT INTO identity_consent (person_id, purpose, version, given_at, given_by_id)
    SELECT %(person_id)s, given.purpose, given.version, %(now)s, %(login_id)s
    FROM membership
    CROSS JOIN unnest(%(purposes)s::text[], %(consent_versions)s::text[]) AS given (purpose, version)
    ON CONFLICT DO NOTHING
)
SELECT id FROM membership
