"""Decisions and disclosures without the person's consent: the guardian reads each and records whether they agree."""
