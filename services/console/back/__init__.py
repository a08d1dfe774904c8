"""The services behind the pages, as the person at the page may use them."""
