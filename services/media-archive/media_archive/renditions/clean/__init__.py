"""Copies of originals that say nothing of their makers: no place, no device, no name, no path of somebody's machine."""
