"""One file a version, numbered; never changed after a release."""
