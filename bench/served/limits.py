"""What is allowed to be made again after a kill."""

from datetime import timedelta

HEARTBEAT_INTERVAL = timedelta(milliseconds=20)
"""The shortest time between two heartbeats, which `DurablePlugin` chooses for a server on the same machine."""

MAX_REPEATED_AGE = HEARTBEAT_INTERVAL + timedelta(milliseconds=80)
"""Only what had finished within this time before a kill may be made again."""
