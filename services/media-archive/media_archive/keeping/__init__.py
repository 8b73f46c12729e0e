"""Keeping what came in: versions, deletion that can be taken back, files read again, files held apart, whole bags."""
