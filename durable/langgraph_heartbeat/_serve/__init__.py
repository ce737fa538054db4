"""The command line, `python -m langgraph_heartbeat`: it serves the graphs of a project, and lists them.

A project names its graphs as LangGraph's own server reads them, in `langgraph.json`; an installed package names them as
entry points of the group `langgraph_heartbeat.graphs`.
"""
