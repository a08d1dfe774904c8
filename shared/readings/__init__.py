"""The figures that say how a system is, one function each: `alongside status` and `/metrics` ask by the same ones.

Each raises when there is no answer: nothing here guesses.
"""
