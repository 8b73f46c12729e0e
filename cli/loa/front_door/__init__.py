"""One origin over all services, for one machine: what an Ingress does in a cluster, with the same rules."""
