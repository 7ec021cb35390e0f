"""The open web: period totals and counts that name nobody."""
