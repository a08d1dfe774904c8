"""What administrators did to accounts, shown to the holders and to the guardian."""
