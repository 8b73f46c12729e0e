"""Audit: who did what, when, and what was before and after, for as long as the unit is remembered."""
