"""Bank holidays as referrals announces them, and plans and tasks recounted for them."""
