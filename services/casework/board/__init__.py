"""One row for every open plan and referral: what it waits for and what comes next."""
