"""The workflow that runs any durable graph from one JSON input. It is workflow code, and imports no LangGraph."""
