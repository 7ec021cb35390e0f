-- The closed days of a plan follow one another without a gap, and each goes on from the one before.
SELECT plan, day, active
FROM (
    SELECT plan, day, joins, returns, ends, active,
           lag(day) OVER plan_days AS day_before,
           lag(active) OVER plan_days AS active_before
    FROM members_membersday
    WINDOW plan_days AS (PARTITION BY plan ORDER BY day)
) AS closed
WHERE (day_before IS NOT NULL AND day <> day_before + 1)
   OR active <> coalesce(active_before, 0) + joins + returns - ends
