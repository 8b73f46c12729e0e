"""Royalties and fees for what is published: rate cards, authors, what is owed, and statements of it."""
