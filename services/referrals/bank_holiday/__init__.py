"""Bank holidays that an administrator adds, and clocks counted anew for them."""
