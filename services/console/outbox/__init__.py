"""Notes written on a phone that have not been sent yet: the service worker, and what it needs of the server."""
