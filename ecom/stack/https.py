"""What a local Trino needs for HTTPS and passwords: a self-signed certificate, and a file of hashed passwords."""

import hashlib
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ecom.base.layout import write_private
from ecom.base.secrets import TRINO_USERS, local_secrets
from ecom.base.settings import LOOPBACK
from ecom.lake.trino_login import local_ca_cert

VALID = timedelta(days=825)
RENEW_BEFORE = timedelta(days=30)
ITERATIONS = 1000  # Trino's least: the passwords are random, and each of a client's requests is checked anew


def server_key(home: Path) -> Path:
    """Private key and certificate, in one PEM file as Trino takes them."""
    return local_ca_cert(home).with_name("trino.pem")


def ensure_certificate(home: Path) -> str:
    """The local Trino's certificate (PEM), made where there is none or it ends soon."""
    if _ends(server_key(home)) < datetime.now(UTC) + RENEW_BEFORE:
        key, certificate = self_signed()
        write_private(local_ca_cert(home), certificate)
        write_private(server_key(home), key + certificate)
    return local_ca_cert(home).read_text()


def _ends(path: Path) -> datetime:
    if not (path.is_file() and local_ca_cert(path.parent.parent).is_file()):
        return datetime.min.replace(tzinfo=UTC)
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc


def self_signed() -> tuple[str, str]:
    """Key and certificate, as PEM: for 127.0.0.1 and localhost, its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ecom local Trino")])
    hosts = [x509.IPAddress(ip_address(LOOPBACK)), x509.DNSName("localhost")]
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    encoding = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*encoding).decode(), certificate.decode()


def _usage() -> x509.KeyUsage:
    """To sign with, as a server and as the authority of its own certificate."""
    no = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign"), False
    )
    return x509.KeyUsage(digital_signature=True, key_cert_sign=True, encipher_only=False, decipher_only=False, **no)


def password_file(home: Path) -> str:
    """Trino's password file: `user:iterations:salt:hash` (PBKDF2), a line a user."""
    secrets = local_secrets(home)
    return "".join(f"{user}:{_hashed(user, secrets[f'TRINO_PASSWORD_{user.upper()}'])}\n" for user in TRINO_USERS)


def _hashed(user: str, password: str) -> str:
    # The salt follows from the password: the file must not change from one `ecom up` to the next.
    salt = hashlib.sha256(f"{user}:{password}".encode()).digest()[:16]
    # Trino 476 knows PBKDF2 with SHA-1 only.
    return f"{ITERATIONS}:{salt.hex()}:{hashlib.pbkdf2_hmac('sha1', password.encode(), salt, ITERATIONS).hex()}"
