"""Planning: the child process that turns an operation into fetches, and what the gateway reads from the supergraph itself."""
