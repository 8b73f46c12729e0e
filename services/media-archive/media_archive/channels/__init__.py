"""Channels of units, on which materials are used."""
