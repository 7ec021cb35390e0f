"""What a person may ask about their data: what is kept, a copy, a correction, erasure."""
