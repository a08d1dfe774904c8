"""Referrals: choosing a service, sending, recording answers."""
