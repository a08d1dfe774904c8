"""The pages of an agency: no account, no name, no pronoun."""
