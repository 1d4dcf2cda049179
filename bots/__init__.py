"""Where reports come from: one room per platform, each only a translation."""
