"""Slips: printed codes of which each lets one form in."""
