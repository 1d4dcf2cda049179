"""What processes tell one another: wake-ups, invalidation, rate counters. Never the only copy of anything."""
