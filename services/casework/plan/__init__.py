"""Goals in his words, how often we meet, when we look at it together, and what happens when he is not seen."""
