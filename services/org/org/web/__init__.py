"""What org serves besides the graph: pages for people, and a door for the gateway."""
