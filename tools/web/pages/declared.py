"""What is known of a page's content before it is parsed. Parser processes get it as JSON, in place of a file's name."""

from outlast.evidence.sources import Value


class Declared(Value):
    """The site's declarations about a page's content, and a title for a page without one."""

    media_type: str
    """The media type that the site declares; "" if it declares none."""
    charset: str
    """The charset that the site declares; "" if it declares none."""
    stem: str
    """The title for a page that has none."""
