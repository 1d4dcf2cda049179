"""A case, sealed in one file for somebody outside: one asks for it, another agrees, anybody can check it."""
