"""Backups of a stack on one machine: made while it runs, encrypted to recipients, checked before they are put back."""
