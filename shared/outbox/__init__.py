"""The outbox: a fact leaves its service only through a row written in the transaction that records the fact."""
