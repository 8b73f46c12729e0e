"""What may be asked of vocabularies and done with them, a file per noun."""

from org.vocabularies.service.level_rules import (
    LevelRuleExists,
    LevelRuleUnknown,
    allow_level,
    end_level_rule,
    is_level_allowed,
    level_rules,
)
from org.vocabularies.service.read import (
    codes_known,
    codes_on,
    find_vocabulary,
    is_code,
    labels,
    labels_by_code,
    list_vocabularies,
    require_term,
    terms_of,
    unknown_code,
    vocabulary_names,
)
from org.vocabularies.service.terms import TermExists, TermInUse, add_term, end_term, relabel_term, reorder_terms

__all__ = [
    "LevelRuleExists",
    "LevelRuleUnknown",
    "TermExists",
    "TermInUse",
    "add_term",
    "allow_level",
    "codes_known",
    "codes_on",
    "end_level_rule",
    "end_term",
    "find_vocabulary",
    "is_code",
    "is_level_allowed",
    "labels",
    "labels_by_code",
    "level_rules",
    "list_vocabularies",
    "relabel_term",
    "reorder_terms",
    "require_term",
    "terms_of",
    "unknown_code",
    "vocabulary_names",
]
