-- What a request to join needs to know: payer, person, and the person's earlier memberships.
-- No row: the login has no person, or may not act for this one. The day must be held before.
SELECT
    payer.id AS payer_id,
    household.id AS household_id,
    person.id AS person_id,
    person.ref,
    person.document_kind,
    person.sealed_document_number,
    person.born_on,
    person.province,
    person.occupation_class,
    person.score,
    person.deceased_on,
    payer.born_on AS payer_born_on,
    coalesce(
        (
            SELECT relation.kind FROM identity_relation AS relation
            WHERE relation.person_id = payer.id AND relation.relative_id = person.id
                AND person.id <> payer.id
        ),
        'self'
    ) AS relation,
    earlier.last_ends_on,
    earlier.is_member,
    EXISTS (
        SELECT FROM members_winddown WHERE plan = %(plan)s AND announced_on IS NOT NULL
    ) AS plan_ends
FROM identity_login AS login
JOIN identity_person AS payer ON payer.id = login.person_id AND payer.erased_at IS NULL
JOIN identity_person AS person ON person.ref = %(person_ref)s AND person.erased_at IS NULL
LEFT JOIN members_household AS household ON household.payer_id = payer.id
CROSS JOIN LATERAL (
    SELECT max(ends_on) AS last_ends_on, coalesce(bool_or(ends_on IS NULL), false) AS is_member
    FROM members_membership
    WHERE plan = %(plan)s AND person_id = person.id
) AS earlier
WHERE login.id = %(login_id)s
  AND login.is_active
  AND (
      person.id = payer.id
      OR EXISTS (
          SELECT FROM identity_relation AS relation
          WHERE relation.person_id = payer.id AND relation.relative_id = person.id
      )
  )
