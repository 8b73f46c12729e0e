"""Reorganisations: changes of the tree as events with a decision, which can be previewed, traced and undone."""
