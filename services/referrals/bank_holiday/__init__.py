"""Bank holidays that an administrator adds, and clocks recounted for them."""
