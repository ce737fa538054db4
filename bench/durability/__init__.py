"""Compare the costs of durability and of a kill for Outlast and its peers, with the same work for each."""
