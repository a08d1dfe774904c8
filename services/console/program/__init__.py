"""Accounts of programs, and the keys by which the services know them."""
