"""What leaves for services: letters, links, permits, and the mail servers that take them."""
