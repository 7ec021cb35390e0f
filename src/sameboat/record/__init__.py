"""What happened, tamper-evident: the append-only log of signed entries."""
