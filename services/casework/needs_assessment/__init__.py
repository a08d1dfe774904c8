"""Ten domains, our own scale from 1 to 5, a sentence each."""
