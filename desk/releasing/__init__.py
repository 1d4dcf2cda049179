"""Letting a community's moderators know that there is a case, with the young person's yes."""
