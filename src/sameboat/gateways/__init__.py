"""The outside world: payment, messaging, identity check, files, score. One folder per provider."""
