"""What the desk has done, in numbers that identify nobody: counted as it happens, never scanned."""
