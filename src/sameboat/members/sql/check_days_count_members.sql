-- What a closed day says joined and ended is what the memberships of that day say.
SELECT closed.plan, closed.day, closed.joins, closed.ends, counted.joins AS joined, counted.ends AS ended
FROM members_membersday AS closed
CROSS JOIN LATERAL (
    SELECT
        (SELECT count(*) FROM members_membership AS m
         WHERE m.plan = closed.plan AND m.joined_on = closed.day
           AND (m.ends_on IS NULL OR m.ends_on > m.joined_on)) AS joins,
        (SELECT count(*) FROM members_membership AS m
         WHERE m.plan = closed.plan AND m.ends_on = closed.day + 1
           AND m.ends_on > m.joined_on) AS ends
) AS counted
WHERE closed.joins <> counted.joins OR closed.ends <> counted.ends
