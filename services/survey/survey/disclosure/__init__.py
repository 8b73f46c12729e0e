"""Disclosure control: which cells of published tables are hidden, so that nobody works out what few people answered."""

from survey.disclosure.protection import protect
from survey.disclosure.tables import Layer, Mask, Structure

__all__ = ["Layer", "Mask", "Structure", "protect"]
