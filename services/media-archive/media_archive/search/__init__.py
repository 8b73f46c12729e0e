"""Finding what the union has: Vietnamese text, the index and the questions put to it."""
