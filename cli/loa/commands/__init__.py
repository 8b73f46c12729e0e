"""One module for each command; `loa.main` imports only the one that is called."""
