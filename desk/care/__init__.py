"""Care for those who read: what they uncovered, when to suggest a pause, how pages look."""
