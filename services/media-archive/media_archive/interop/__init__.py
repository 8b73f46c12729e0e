"""Public materials for other systems: harvesters, search engines and readers of feeds."""
