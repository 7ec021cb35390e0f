-- The triggers that keep the books append-only and balanced stand and are switched on.
SELECT wanted.relation, wanted.trigger_name
FROM (
    VALUES
        ('books_booking', 'bookings_are_append_only'),
        ('books_posting', 'postings_are_append_only'),
        ('books_posting', 'a_booking_sums_to_zero')
) AS wanted (relation, trigger_name)
WHERE NOT EXISTS (
    SELECT 1
    FROM pg_trigger AS standing
    WHERE standing.tgrelid = to_regclass(wanted.relation)
        AND starts_with(standing.tgname, 'pgtrigger_' || wanted.trigger_name || '_')
        AND standing.tgenabled IN ('O', 'A')
)
