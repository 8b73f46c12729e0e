"""What is said of materials in codes, which name nobody: the audit trail may tell it."""

CODES = ("place_codes", "events", "audiences", "age_bands", "genders", "regions")
