"""What a graph streams, in the heartbeats of its phase, and how a client follows it."""
