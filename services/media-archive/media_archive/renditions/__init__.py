"""What is derived from an original: small pictures to look at and text to search."""
