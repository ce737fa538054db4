"""What durability costs and what a kill costs: Outlast beside its peers, the same work for each."""
