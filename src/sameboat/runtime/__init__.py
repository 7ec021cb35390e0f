"""Settings, embedded PostgreSQL, clock, ids, jobs, keys, refusals."""
