"""How values are stored so that they come back unchanged, or are refused."""
