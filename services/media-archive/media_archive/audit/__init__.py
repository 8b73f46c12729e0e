"""Who did what to materials, and reading it back."""
