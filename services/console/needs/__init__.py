"""The person's needs: an assessment of up to ten domains, the latest scores and what has changed."""
