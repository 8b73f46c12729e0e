"""From need to material: what the archive holds on a topic for a unit."""
