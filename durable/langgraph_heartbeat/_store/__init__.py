"""LangGraph's store in a phase, over a store of the user's."""
