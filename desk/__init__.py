"""The reporting service: intake, triage, cases and the console."""
