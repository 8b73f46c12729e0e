"""Releases at full size: how long one takes to make and how much memory, and how fast its tables are read."""
