"""The timeline of a plan or referral."""
