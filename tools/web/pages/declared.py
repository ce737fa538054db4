"""What is known of a page's content before it is parsed. Its JSON is the name that a parser process is asked with."""

from outlast.evidence.sources import Value


class Declared(Value):
    media_type: str
    """As the site declares it; "" where it does not."""
    charset: str
    stem: str
    """The title of a page that has none."""
