"""Bringing in what lies in folders and bags: thousands of files, in one go, or in as many as it takes."""
