"""Access: who holds which role on which unit, and the passports that tell the other services."""
