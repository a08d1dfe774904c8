"""What casework has heard from intake and referrals: people it may know of, contacts, where referrals stand."""
