"""The development keys of one data folder: made once, so that tokens and passports survive a restart."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from loa.embedded.secrets import private_file, secret


@dataclass(frozen=True)
class Keys:
    """PEM texts and secrets that the children are given."""

    passport_private: str
    passport_public: str
    internal: str
    file_urls: str
    credentials: str
    issuer_file: Path


def keys_of(folder: Path) -> Keys:
    """The keys of a folder, made on first use."""
    from loa.issuer import ensure_key

    issuer_file = folder / "issuer.pem"
    ensure_key(issuer_file)
    private, public = passport_keys(folder / "passport.pem")
    internal, file_urls, credentials = (
        secret(folder / f"{name}.key") for name in ("internal", "file-urls", "credentials")
    )
    return Keys(private, public, internal, file_urls, credentials, issuer_file)


def passport_keys(file: Path) -> tuple[str, str]:
    """The Ed25519 key pair (private, public; PEM) of a file that holds the private one."""
    if not file.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        private_file(file, pem)
    private = file.read_bytes()
    public = load_pem_private_key(private, None).public_key()
    return private.decode(), public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
