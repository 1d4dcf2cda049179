"""The guided conversation as data and pure functions. No I/O, no platform word."""
