"""Units: the organisation's tree, its changes with their dates, and the ways to walk and search it."""
