"""Cards of the nodes: what they say, how they are painted, where all of them are."""
