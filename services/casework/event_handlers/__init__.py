"""Handlers of the events of intake and referrals."""
