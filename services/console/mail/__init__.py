"""Emails of agencies, as staff read them."""
