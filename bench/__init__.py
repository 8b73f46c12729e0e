"""Measurements of Loa, side by side with others where there are any; never part of the tests."""
