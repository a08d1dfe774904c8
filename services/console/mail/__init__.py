"""Plain mails of agencies, as staff read them."""
