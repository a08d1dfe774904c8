"""`/metrics` of a process, in the form that Prometheus reads: how the system is, and nothing about anybody.

Labels are codes of ours (a route's template, a state, a queue), never an id, a name or a team.
"""
