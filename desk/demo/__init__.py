"""A year of made-up reports for a practice desk: to look around, to train, and to measure with."""
