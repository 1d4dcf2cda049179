"""Settings: shipped default < operator's file < environment, and per community < what the admin set."""
