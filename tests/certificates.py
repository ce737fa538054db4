"""Certificates that no authority has signed, for servers of tests."""

import ssl
import subprocess
from pathlib import Path


def self_signed(name: str, file: Path) -> Path:
    """Make a certificate for the name, in one file with its key."""
    certificate = file.with_suffix(".crt")
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    command = ["openssl", "req", *kind, "-keyout", file, "-out", certificate, *subject]
    subprocess.run(command, check=True, capture_output=True)
    file.write_text(file.read_text() + certificate.read_text())
    return file


def serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
