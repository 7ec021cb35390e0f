-- What a closed day says joined, returned and ended is what the memberships of that day say.
SELECT
    closed.plan, closed.day, closed.joins, closed.returns, closed.ends,
    counted.joins AS joined, counted.returns AS returned, counted.ends AS ended
FROM members_membersday AS closed
CROSS JOIN LATERAL (
    SELECT
        (SELECT count(*) FROM members_membership AS m
         WHERE m.plan = closed.plan AND m.joined_on = closed.day
           AND (m.ends_on IS NULL OR m.ends_on > m.joined_on)) AS joins,
        (SELECT count(*) FROM members_absence AS a
         JOIN members_membership AS m ON m.id = a.membership_id
         WHERE m.plan = closed.plan AND a.returned_on = closed.day) AS returns,
        (SELECT count(*) FROM members_membership AS m
         WHERE m.plan = closed.plan AND m.ends_on = closed.day + 1
           AND m.ends_on > m.joined_on)
        + (SELECT count(*) FROM members_absence AS a
           JOIN members_membership AS m ON m.id = a.membership_id
           WHERE m.plan = closed.plan AND a.ends_on = closed.day + 1) AS ends
) AS counted
WHERE closed.joins <> counted.joins
   OR closed.returns <> counted.returns
   OR closed.ends <> counted.ends
