"""Tell an administrator what is still to be set up before emails can leave."""
