"""The organisation tree at its full size, in a database of its own: what each question costs beside its bare SQL."""
