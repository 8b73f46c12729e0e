"""What org told us about units and terms."""
