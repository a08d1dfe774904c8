"""The period in which we work with a person: its stage, its worker, its place in a caseload."""
