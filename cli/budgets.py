"""A budget as options give it."""

from outlast.evidence.budget import MOST, Budget
from outlast.evidence.errors import Permanent


def budget_of(usd: float | None, tokens: int | None) -> Budget:
    """Without limits where no option names one. Raises Permanent for what cannot be one."""
    for option, limit in (("--budget-usd", usd), ("--budget-tokens", tokens)):
        if limit is not None and not 0 < limit <= MOST:  # which not-a-number is not
            raise Permanent(f"{option} takes a number above 0, up to {MOST:,}, unlike {str(limit)[:30]}.")
    return Budget(usd=usd, tokens=tokens)
