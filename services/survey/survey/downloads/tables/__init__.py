"""A release's tables as files, and as a printed report."""
