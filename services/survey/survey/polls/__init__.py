"""Quick polls: one question to a unit's people, open for hours or days, answered and told as a wave is."""
