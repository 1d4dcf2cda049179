"""The desk's tables, version by version. Earlier versions are never edited."""
