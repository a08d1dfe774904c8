"""The period in which we work with somebody: its stage, its worker, its place in a caseload."""
