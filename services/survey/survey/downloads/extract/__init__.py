"""Rows for an owner's analysts, coarsened until nobody stands alone."""
