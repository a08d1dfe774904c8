"""What casework knows from the events of intake and referrals: people, contacts, emails and the state of referrals."""
