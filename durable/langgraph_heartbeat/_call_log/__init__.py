"""What a phase does and has done, for people: its progress in words, its summary and the log of its calls."""
