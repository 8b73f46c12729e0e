"""The local network: this machine's address there, and certificates of a development authority for it."""

import datetime as dt
import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography import x509

from loa.embedded.secrets import private_file


@dataclass(frozen=True)
class Certificate:
    """A server certificate, its key, and the authority that a phone has to trust for it."""

    chain_file: Path
    key_file: Path
    authority_file: Path


def address() -> str:
    """This machine's address in the local network: where packets to elsewhere would leave from. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def certificate_for(folder: Path, host: str) -> Certificate:
    """A certificate for a host of the local network; its authority is made once, so that phones keep trusting it."""
    certificate = Certificate(folder / "server.pem", folder / "server.key", folder / "authority.pem")
    if _is_good(certificate, host):
        return certificate
    issued = _authority(folder).issue_cert(host, "127.0.0.1", "localhost")
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    private_file(certificate.key_file, issued.private_key_pem.bytes())
    certificate.chain_file.write_bytes(chain)
    return certificate


def _authority(folder: Path) -> trustme.CA:
    key, public = folder / "authority.key", folder / "authority.pem"
    if key.exists() and public.exists():
        return trustme.CA.from_pem(public.read_bytes(), key.read_bytes())
    authority = trustme.CA(organization_name="Loa development", organization_unit_name=socket.gethostname())
    private_file(key, authority.private_key_pem.bytes())
    public.write_bytes(authority.cert_pem.bytes())
    return authority


def _is_good(certificate: Certificate, host: str) -> bool:
    """Whether the certificate there is for this host, still valid for a while, and of the authority there."""
    try:
        served = x509.load_pem_x509_certificate(certificate.chain_file.read_bytes())
        authority = x509.load_pem_x509_certificate(certificate.authority_file.read_bytes())
        served.verify_directly_issued_by(authority)
        names = served.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    hosts = {str(name) for name in names.get_values_for_type(x509.IPAddress)}
    hosts |= set(names.get_values_for_type(x509.DNSName))
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(days=7)
    return certificate.key_file.exists() and _plain(host) in hosts and served.not_valid_after_utc > soon


def _plain(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host
