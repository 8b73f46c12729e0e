"""What may become of a pair of pictures that look alike."""

STATES = ("suggested", "accepted", "rejected")
DECIDED = ("accepted", "rejected")
