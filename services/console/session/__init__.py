"""Who is signed in now: sessions kept by the server, known to the browser by one random cookie."""
