"""The board: one row for every open plan and referral, with what it waits for and what comes next."""
