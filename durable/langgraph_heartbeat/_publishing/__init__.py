"""How the state of an attempt gets into heartbeats: in which bytes, how often, and what is kept elsewhere."""
