-- The triggers that keep entries, hashes and checkpoints unchanged stand and are switched on.
SELECT wanted.relation, wanted.trigger_name
FROM (
    VALUES
        ('record_entry', 'entries_are_never_deleted'),
        ('record_entry', 'decided_entries_never_change'),
        ('record_entry', 'what_an_entry_says_never_changes'),
        ('record_node', 'nodes_are_append_only'),
        ('record_checkpoint', 'checkpoints_are_append_only')
) AS wanted (relation, trigger_name)
WHERE NOT EXISTS (
    SELECT 1
    FROM pg_trigger AS standing
    WHERE standing.tgrelid = to_regclass(wanted.relation)
        AND starts_with(standing.tgname, 'pgtrigger_' || wanted.trigger_name || '_')
        AND standing.tgenabled IN ('O', 'A')
)
