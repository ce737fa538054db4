"""Messages that can be sent to the server: of bounded length, and of whole characters."""

MAX_MESSAGE_LENGTH = 4000
"""In characters. The server keeps a few KB of the failure of an attempt that is retried, and cuts off the rest."""


def sendable(message: str) -> str:
    """Return a message that can be sent to the server, whatever text of a user's stands in it."""
    return shortened(encodable(message))


def shortened(message: str) -> str:
    """Return a message without its middle if it is long, because failures of megabytes cannot be sent."""
    if len(message) <= MAX_MESSAGE_LENGTH:
        return message
    half = MAX_MESSAGE_LENGTH // 2
    return f"{message[:half]} [... {len(message) - 2 * half} characters left out ...] {message[-half:]}"


def encodable(text: str) -> str:
    """Return a text without the halves of characters that JSON can hold, and no message to the server."""
    return text.encode("utf-8", "backslashreplace").decode()
