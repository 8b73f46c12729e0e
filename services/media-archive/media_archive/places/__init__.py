"""Provinces, districts and communes as org tells of them: which codes there are, and what they are called."""
