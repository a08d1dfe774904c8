"""The services behind the pages, called with the rights of whoever uses the page."""
