"""What may be done with materials: licences, holders, and what the people who are shown agreed to."""
