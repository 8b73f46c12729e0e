"""Uses of materials at full size."""
