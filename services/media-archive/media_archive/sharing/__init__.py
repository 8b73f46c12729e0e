"""How a material gets to others: how far and how long it is seen, grants to units, links to outside, requests."""
