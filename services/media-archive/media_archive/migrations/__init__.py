"""The archive's database, step by step."""
