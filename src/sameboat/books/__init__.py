"""What was paid: double-entry bookings, append-only."""
