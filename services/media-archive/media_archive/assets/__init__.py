"""Materials: what they are, whose they are and who may see them."""
