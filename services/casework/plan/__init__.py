"""Case plans: goals in the person's words, contact cadence, reviews, and the steps when the person is not seen."""
