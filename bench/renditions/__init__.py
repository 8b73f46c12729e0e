"""How fast pictures come into the archive, how fast their sizes are made, and how fast scans are read."""
