"""Who is signed in: sessions stored on the server, known to the browser by one random cookie."""
