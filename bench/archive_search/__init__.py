"""Searching the archive at full size."""
