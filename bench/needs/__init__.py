"""What the archive holds on each topic, at full size."""
