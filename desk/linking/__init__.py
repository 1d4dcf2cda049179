"""Which reports may be about the same person: suggested with a reason, confirmed by people only."""
