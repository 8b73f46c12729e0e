"""Headcounts: how many members and workers a unit has, by age band and gender, as published for a day."""
