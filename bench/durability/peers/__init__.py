"""One module a peer: how it runs a graph, written as its own documentation would have it."""
