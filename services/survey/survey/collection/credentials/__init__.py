"""Credentials: signed blindly for a member who is signed in, and spent later by nobody in particular."""
