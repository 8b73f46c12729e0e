"""People: the departments of a unit, its officers and the posts they hold."""
