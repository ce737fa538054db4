"""What a phase remembers of the calls of unfinished tasks, so that a crash does not make them again."""
