"""Reviewing the plan together on a cycle; signed in supervision, many in one request."""
