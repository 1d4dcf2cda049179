"""How long the desk keeps what was said, and how it is deleted so that nobody finds it again."""
