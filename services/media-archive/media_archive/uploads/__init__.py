"""How files come in: what they are, whether they are whole, and where they are kept."""
