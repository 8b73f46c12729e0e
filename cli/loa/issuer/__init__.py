"""The development twin of an identity provider: signs in the demo people without a password."""

from loa.issuer.app import issuer_app
from loa.issuer.keys import ensure_key, sign_access_token
from loa.issuer.settings import IssuerSettings

__all__ = ["IssuerSettings", "ensure_key", "issuer_app", "sign_access_token"]
