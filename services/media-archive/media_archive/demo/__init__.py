"""Demonstration materials, all made by our own code and labelled as made up."""
