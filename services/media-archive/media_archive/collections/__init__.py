"""Collections of materials, shared and in order, and what a person marks for themself."""
