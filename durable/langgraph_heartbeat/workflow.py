"""The names that workflow code uses. Importing this brings neither LangGraph nor LangChain into Temporal's sandbox."""

from ._messages import Paused, Question, Resume
from ._steering import finish_or_pause

__all__ = ["Paused", "Question", "Resume", "finish_or_pause"]
