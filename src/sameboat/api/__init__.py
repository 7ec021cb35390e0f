"""REST under /api/v1: the same verbs as the pages, with idempotency keys and RFC 9457 errors."""
