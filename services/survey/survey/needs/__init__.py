"""From need to material: what people of a unit want to hear more about."""
