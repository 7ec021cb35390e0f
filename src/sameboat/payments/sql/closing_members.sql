-- Who gets shares back at a plan's end: whoever was a member on the day on which it was announced,
-- with the household that pays for them now. $1 plan, $2 that day.
SELECT membership.id AS member, membership.household_id AS household
FROM members_membership AS membership
WHERE membership.plan = $1
    AND membership.joined_on <= $2
    AND (membership.ends_on IS NULL OR membership.ends_on > $2)
ORDER BY membership.id
