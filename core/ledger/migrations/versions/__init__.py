"""The steps, in order. Frozen: they name no table or type of the code."""
