"""What may be done with grants, a file per question: giving and taking, reading, passports, and why somebody may."""

from org.access.service.actions import ACTIONS, Action, role_name
from org.access.service.explanation import Explanation, Way, explain
from org.access.service.forgetting import end_grants_of
from org.access.service.grants import (
    MOST_GRANTS,
    GrantDateBackwards,
    GrantEnded,
    GrantExists,
    GrantLimitReached,
    ensure_role,
    extend_role,
    grant_role,
    revoke_role,
)
from org.access.service.moments import Moment, moment
from org.access.service.passports import issue_passport
from org.access.service.reading import (
    caller_of,
    development_people,
    expiring_grants,
    grants_held,
    grants_of,
    grants_on,
    held_by,
)

__all__ = [
    "ACTIONS",
    "MOST_GRANTS",
    "Action",
    "Explanation",
    "GrantDateBackwards",
    "GrantEnded",
    "GrantExists",
    "GrantLimitReached",
    "Moment",
    "Way",
    "caller_of",
    "development_people",
    "end_grants_of",
    "ensure_role",
    "expiring_grants",
    "explain",
    "extend_role",
    "grant_role",
    "grants_held",
    "grants_of",
    "grants_on",
    "held_by",
    "issue_passport",
    "moment",
    "revoke_role",
    "role_name",
]
