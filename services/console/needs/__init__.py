"""His needs: a look at up to ten domains, what it says now and what has changed."""
