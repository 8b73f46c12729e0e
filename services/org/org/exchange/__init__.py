"""Exchange: the tree, headcounts and people as tables that a union office can fill, send and take in again."""
