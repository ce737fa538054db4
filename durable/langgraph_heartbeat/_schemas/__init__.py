"""The request and the result of any graph, derived from the graph's own schemas."""
