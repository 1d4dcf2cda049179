"""How the property tests of this room run: a busy machine is no fault of what they test."""

from hypothesis import settings

settings.register_profile("unhurried", parent=settings(), deadline=None)
settings.load_profile("unhurried")
