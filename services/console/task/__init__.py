"""Tasks as people meet them: their words, the cards that gather them, and saying that one is done."""
