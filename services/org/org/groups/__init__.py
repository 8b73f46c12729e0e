"""Groups: units across the tree that belong together for some purpose, such as those with more than 500 members."""
