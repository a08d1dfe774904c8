"""What was written on a phone and has not arrived yet: the service worker, and what it needs of us."""
