"""One module per peer, which runs a graph as the peer's own documentation recommends."""
