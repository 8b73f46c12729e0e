"""Execution: a plan compiled once into coroutines, and the projection of what they fetched into a response."""
