"""A prompt as a value: it prints, it can be replaced, and it has a hash."""

import re
from collections.abc import Mapping

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from outlast.evidence.errors import Permanent
from outlast.evidence.sources import Value

PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Prompt(Value):
    """What the model is told (`system`) and asked (`user`). `{names}` in `user` are blanks that are filled in."""

    system: str
    user: str

    def __str__(self) -> str:
        return f"[system]\n{self.system}\n\n[user]\n{self.user}"

    def messages(self, blanks: Mapping[str, str]) -> list[BaseMessage]:
        """The messages with each blank filled in; `Permanent` names a blank that there is nothing for.

        What is filled in is not looked at again: braces in a document stay braces.
        """

        def filled(blank: re.Match[str]) -> str:
            if blank[1] not in blanks:
                raise Permanent(f"The prompt has the blank {blank[0]}; there are only {', '.join(sorted(blanks))}.")
            return blanks[blank[1]]

        return [SystemMessage(self.system), HumanMessage(PLACEHOLDER.sub(filled, self.user))]
