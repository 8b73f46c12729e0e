"""How answers wait unreadable: sealed to the key of a day, which is destroyed once they are mixed."""
