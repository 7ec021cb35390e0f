-- The classes of a settled period are charged what the period charged, or let off afterwards.
SELECT period.plan, period.publicity_on, period.charged, sum(class.members * class.amount) AS classes
FROM settlement_period AS period
LEFT JOIN settlement_periodclass AS class ON class.period_id = period.id
WHERE period.settle_entry_hash IS NOT NULL
GROUP BY period.id, period.plan, period.publicity_on, period.charged, period.waived
HAVING period.charged + period.waived <> coalesce(sum(class.members * class.amount), 0)
ORDER BY period.plan, period.publicity_on
