"""A second pair of eyes: some of what people looked at and searched is put before somebody else."""
