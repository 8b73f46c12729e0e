"""How long a file of 20 MB takes by tus, beside the reference server."""
