"""Whether the code of the nodes has changed since a checkpoint was made, and what to do then."""
