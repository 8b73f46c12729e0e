"""Questionnaires as XLSForm workbooks, for people who live in spreadsheets: reading them, and writing them."""
