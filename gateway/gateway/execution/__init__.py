"""Execution: a plan compiled once into coroutines, and the projection of what they fetched into the client's response."""
