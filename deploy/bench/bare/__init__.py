"""The limit: the same shapes on the same engines with nothing of ours between, in a process of its own."""
