"""Harvesting public materials."""
