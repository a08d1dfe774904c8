"""Bank holidays as referrals tells of them, and plans and tasks counted anew for them."""
