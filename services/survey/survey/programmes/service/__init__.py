"""What may be done with survey programmes and their waves."""
