"""Why a connection to a Temporal server failed, in words. The SDK gives the debug text of its Rust errors alone."""

NOT_AN_ADDRESS = "invalid target URL"
REASONS = (
    ("ConnectionRefused", "nothing listens there"),
    ("dns error", "no machine of that name is known"),
    ("InvalidCertificate", "its TLS certificate is not trusted here"),
    ("tls handshake eof", "it does not speak TLS, which this client is set to use"),
    ("InvalidContentType", "it does not speak TLS, which this client is set to use"),
    ("HandshakeFailure", "it refuses this client's TLS certificate, or the lack of one"),
    ("CertificateRequired", "it refuses this client's TLS certificate, or the lack of one"),
    ("http2 error", "what answers there is not a Temporal server"),
    ("stream closed", "it closes the connection: it may speak TLS, which this client is not set to use"),
    ("connection reset", "it closes the connection: it may speak TLS, which this client is not set to use"),
    ("Unauthenticated", "it refuses this client's credentials"),
    ("PermissionDenied", "it refuses this client's credentials"),
    (NOT_AN_ADDRESS, "not an address of the form host:port"),
)
"""Marks in the text of an error, as temporalio 1.35 raises them, and what they mean; the first that is found counts."""


def connection_failure(error: Exception) -> str:
    """Return why a server cannot be reached, such as "nothing listens there"."""
    if isinstance(error, TimeoutError):
        return "no answer"
    text = str(error)
    known = [reason for mark, reason in REASONS if mark.lower() in text.lower()]
    return known[0] if known else text.partition("\n")[0][:200]
