"""Vocabularies: the dated, bilingual codes that all services share, and which level may stand under which."""
