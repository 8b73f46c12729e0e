"""Files of a release: how long each kind takes to make, and how much memory."""
