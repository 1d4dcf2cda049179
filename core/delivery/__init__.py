"""The outbox and the destinations: from stored to the desk, at least once, and once in effect."""
