"""The road's migrations, numbered; each is written once and never changed after a release."""
