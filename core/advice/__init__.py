"""Help that needs no one here: helplines by country and advice, all of it from files."""
