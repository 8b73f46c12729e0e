"""Planning: the child process that turns an operation into fetches, and what is read from the supergraph itself."""
