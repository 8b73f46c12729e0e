"""Audit: who did what to programmes, waves, questionnaires, slips and polls; nothing of answers or who gave them."""
