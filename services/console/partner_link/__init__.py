"""Links between two people's files: kept by the guardian, shown to nobody else."""
