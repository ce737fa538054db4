"""Test graphs without a model, and what becomes of them when their process dies.

| to | use |
|---|---|
| answer by a script in place of a model | `ScriptedChatModel`, `calling` |
| let calls fail, hang, or answer nonsense | any exception, `no_answer`, `garbage`, `answer_after` |
| kill a graph at every call and every step, and compare | `crashes`, `CrashReport`, or the pytest mark `crashes` |
| know why a script has no answer | `ScriptError` |

Each name is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._crash_report import CrashReport as CrashReport
    from ._crash_report import Kill as Kill
    from ._crashes import crashes as crashes
    from ._scripted_answers import ScriptError as ScriptError
    from ._scripted_answers import answer_after as answer_after
    from ._scripted_answers import calling as calling
    from ._scripted_answers import garbage as garbage
    from ._scripted_answers import no_answer as no_answer
    from ._scripted_model import ScriptedChatModel as ScriptedChatModel

_DEFINING_MODULES = {
    "CrashReport": "_crash_report",
    "Kill": "_crash_report",
    "ScriptError": "_scripted_answers",
    "ScriptedChatModel": "_scripted_model",
    "answer_after": "_scripted_answers",
    "calling": "_scripted_answers",
    "crashes": "_crashes",
    "garbage": "_scripted_answers",
    "no_answer": "_scripted_answers",
}
__all__ = [
    "CrashReport",
    "Kill",
    "ScriptError",
    "ScriptedChatModel",
    "answer_after",
    "calling",
    "crashes",
    "garbage",
    "no_answer",
]


def __getattr__(name: str) -> Any:
    if name not in _DEFINING_MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_DEFINING_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
