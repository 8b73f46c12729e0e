"""Pictures that look like one another: suggested by what they look like, accepted or rejected by people."""
