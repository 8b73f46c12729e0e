"""Identity at the edge: whose request is this, and with whose passport does it go on to the subgraphs."""

from gateway.auth.callers import Callers
from gateway.auth.errors import AuthError
from gateway.auth.settings import AuthSettings
from gateway.auth.web import routes

__all__ = ["AuthError", "AuthSettings", "Callers", "routes"]
