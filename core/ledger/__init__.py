"""The durable record: machinery, migrations, group commit, and the road's tables."""
