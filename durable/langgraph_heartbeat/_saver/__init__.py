"""LangGraph's checkpointer for a phase: its content, its open questions and its untracked values."""
