"""Unlocking who somebody is, where they could die: one asks, the road unlocks, a second reviews."""
