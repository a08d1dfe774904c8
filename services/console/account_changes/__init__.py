"""What administrators did to accounts, for their holders and for the guardian."""
