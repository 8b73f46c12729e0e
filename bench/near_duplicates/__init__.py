"""How many near-duplicates are found among thousands of generated pictures, and how many pairs are wrong."""
