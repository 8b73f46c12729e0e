"""Development keys and certificates: made once, kept, and readable by their owner alone."""

import ipaddress
import ssl
import stat

import jwt
from cryptography import x509

from loa import lan
from loa.databases import service_url
from loa.embedded.secrets import secret
from loa.keys import keys_of, passport_keys


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_keys_are_made_once(tmp_path):
    assert keys_of(tmp_path) == keys_of(tmp_path)


def test_private_keys_are_readable_by_their_owner_alone(tmp_path):
    keys = keys_of(tmp_path)
    assert {path.name: mode(path) for path in tmp_path.iterdir()} == {
        "credentials.key": 0o600,
        "file-urls.key": 0o600,
        "internal.key": 0o600,
        "issuer.pem": 0o600,
        "passport.pem": 0o600,
    }
    assert len(keys.internal) == 43


def test_the_passport_keys_are_a_pair(tmp_path):
    private, public = passport_keys(tmp_path / "passport.pem")
    token = jwt.encode({"sub": "an"}, private, algorithm="EdDSA")
    assert jwt.decode(token, public, algorithms=["EdDSA"]) == {"sub": "an"}


def test_a_secret_is_made_once_and_differs_from_others(tmp_path):
    first = secret(tmp_path / "a")
    assert first == secret(tmp_path / "a") != secret(tmp_path / "b")
    assert mode(tmp_path / "a") == 0o600


def names_of(certificate: lan.Certificate) -> set[str]:
    served = x509.load_pem_x509_certificate(certificate.chain_file.read_bytes())
    names = served.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    return addresses | set(names.get_values_for_type(x509.DNSName))


def test_the_certificate_is_for_this_host_and_kept(tmp_path):
    first = lan.certificate_for(tmp_path, "192.168.7.9")
    before = first.chain_file.read_bytes()
    again = lan.certificate_for(tmp_path, "192.168.7.9")
    assert again.chain_file.read_bytes() == before
    assert names_of(again) == {"192.168.7.9", "127.0.0.1", "localhost"}
    assert mode(first.key_file) == mode(tmp_path / "authority.key") == 0o600
    ssl.create_default_context().load_cert_chain(first.chain_file, first.key_file)


def test_a_new_address_gets_a_new_certificate_of_the_same_authority(tmp_path):
    first = lan.certificate_for(tmp_path, "192.168.7.9")
    authority = first.authority_file.read_bytes()
    second = lan.certificate_for(tmp_path, "10.0.0.4")
    assert "10.0.0.4" in names_of(second)
    assert second.authority_file.read_bytes() == authority


def test_a_broken_certificate_is_made_anew(tmp_path):
    first = lan.certificate_for(tmp_path, "192.168.7.9")
    first.chain_file.write_text("not a certificate")
    assert names_of(lan.certificate_for(tmp_path, "192.168.7.9")) == {"192.168.7.9", "127.0.0.1", "localhost"}


def test_this_machine_has_an_address():
    assert ipaddress.ip_address(lan.address())


def test_a_services_url_keeps_the_servers_place_and_options():
    url = service_url("postgres://admin:pw@db.example:6432/postgres?sslmode=require", "loa_org", "a/b@c")
    assert url == "postgres://loa_org:a%2Fb%40c@db.example:6432/loa_org?sslmode=require"
