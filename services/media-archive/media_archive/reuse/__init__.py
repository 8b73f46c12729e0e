"""Who used which material where: traces, what owners and users see of them, and copies made from copies."""
