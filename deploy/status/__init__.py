"""The status of a system: its report, and the problems for which `alongside status` fails."""
