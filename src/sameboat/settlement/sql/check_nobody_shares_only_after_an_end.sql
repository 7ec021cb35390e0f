-- A period that nobody shares was settled after the plan's end stood on the record.
SELECT period.plan, period.publicity_on, period.debit_on
FROM settlement_period AS period
JOIN record_entry AS settled ON settled.hash = period.settle_entry_hash
WHERE period.is_borne
    AND NOT EXISTS (
        SELECT
        FROM members_winddown AS ending
        JOIN record_entry AS entry ON entry.hash = ending.entry_hash
        WHERE ending.plan = period.plan
            AND ending.sharing_ends_on <= period.debit_on
            AND entry.type = 'plan.end'
            AND entry.id < settled.id
    )
ORDER BY period.plan, period.publicity_on
