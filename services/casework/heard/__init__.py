"""Projections of events of intake and referrals: known people, contacts, and the state of referrals."""
