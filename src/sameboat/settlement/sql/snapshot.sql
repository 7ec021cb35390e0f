-- The memberships of a plan that exist at a lock, as known at that moment: what is entered later
-- with an earlier day does not count. $1 plan, $2 day of the lock, $3 its instant.
SELECT
    membership.id AS member,
    membership.household_id AS payer,
    membership.born_on AS born,
    membership.joined_on,
    membership.covered_from,
    membership.tier,
    encode(membership.join_leaf, 'hex') AS "join"
FROM members_membership AS membership
WHERE membership.plan = $1
    AND membership.joined_on < $2
    AND membership.joined_at < $3
    AND (
        membership.ends_on IS NULL
        OR membership.ends_on > $2
        OR membership.ended_at > $3
    )
    -- Who had left and came back later than the lock was none of us then.
    AND NOT EXISTS (
        SELECT FROM members_absence AS absence
        WHERE absence.membership_id = membership.id
            AND absence.ends_on <= $2
            AND absence.ended_at <= $3
            AND absence.returned_at >= $3
    )
ORDER BY membership.id
