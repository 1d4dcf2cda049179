"""Where the trail ends, signed and told outside: so that a tail that was cut shows."""
