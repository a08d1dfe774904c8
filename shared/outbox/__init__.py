"""A fact leaves its service only through a row written in the transaction that made it true."""
