"""Envelopes: forms that a shared phone keeps until there is a network, and that nobody can read on that phone.

The page carries a public key of its wave and seals to it by HPKE (RFC 9180: P-256, HKDF-SHA256, AES-128-GCM, which
phones of ten years ago know). Only this service opens what arrives, and then judges it like any other form. The private
key guards against whoever takes up the phone next, not against this database, where the answer arrives anyway. It is
gone as soon as the wave is closed (a trigger of the table sees to that): what still lies on some phone then stays shut
for everybody, for good.
"""

from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kit import db
from kit.errors import DomainError

_SUITE = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_128_GCM)
_INFO = b"loa form 1 "


class EnvelopeBroken(DomainError):
    """The envelope was not sealed to this wave's key for this collector, or was changed since."""

    code = "SEAL_BROKEN"
    vi = "Không mở được phiếu niêm phong này."
    en = "This sealed form could not be opened."


async def public_key(wave_id: UUID) -> bytes:
    """Return the point (65 bytes, uncompressed) to which forms of a wave are sealed; made when first asked for."""
    found = await db.row("SELECT public_key FROM envelope_key WHERE wave_id = $1", wave_id)
    if found is None:
        private = ec.generate_private_key(ec.SECP256R1())
        await db.execute(
            """
            INSERT INTO envelope_key (wave_id, public_key, private_key)
            SELECT id, $2, $3 FROM wave WHERE id = $1 AND state = 'open' FOR KEY SHARE
            ON CONFLICT DO NOTHING
            """,
            wave_id,
            _point(private),
            private.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )
        # Another process may have been faster: its key counts.
        found = await db.row("SELECT public_key FROM envelope_key WHERE wave_id = $1", wave_id)
    return found["public_key"] if found else b""


async def opened(wave_id: UUID, collector: str, envelope: bytes) -> bytes:
    """Return what is in an envelope; EnvelopeBroken for anything that was not sealed to this wave and collector."""
    stored = await db.value("SELECT private_key FROM envelope_key WHERE wave_id = $1", wave_id)
    if stored is None:
        raise EnvelopeBroken()
    private = serialization.load_der_private_key(stored, None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    try:
        return _SUITE.decrypt(envelope, private, _INFO + collector.encode())
    except (InvalidTag, ValueError) as error:
        raise EnvelopeBroken() from error


def _point(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
