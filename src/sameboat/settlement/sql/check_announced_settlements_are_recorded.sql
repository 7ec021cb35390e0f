-- No period is announced, debited or paid out before its settlement is on the record.
SELECT period.plan, period.publicity_on, period.state
FROM settlement_period AS period
LEFT JOIN record_entry AS entry
    ON entry.hash = period.settle_entry_hash AND entry.state = 'RECORDED'
WHERE period.state IN ('ANNOUNCED', 'DONE') AND entry.id IS NULL
ORDER BY period.plan, period.publicity_on
