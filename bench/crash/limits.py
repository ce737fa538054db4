"""The limits that a campaign may not exceed, and the heartbeat interval on which they depend."""

from datetime import timedelta

HEARTBEAT_INTERVAL = timedelta(milliseconds=20)
"""The shortest time between two heartbeats of a worker of the campaign."""

MAX_REPEATED_AGE = HEARTBEAT_INTERVAL + timedelta(milliseconds=80)
"""Only what had finished within this time before a harm may be made again."""

MAX_STALE_PER_TAKEOVER = 1
"""How many calls a replaced worker may begin: those between its last question whether it was replaced, and the freeze.

Models and tools ask before each call, and this is for all of them together. A `@task` and a direct call do not ask: so
each branch of the graph may begin one of them, and its next model, tool or step asks.
"""

MAX_PAID_BEFORE_STUCK = 6
"""The number of paid calls after which a node that always raises must have ended its phase."""
