"""A prompt as a value: it can be printed, replaced and hashed."""

import re
from collections.abc import Mapping

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from outlast.evidence.errors import Permanent
from outlast.evidence.sources import Value

PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Prompt(Value):
    """The messages of a call: `system` gives instructions, `user` the question with `{placeholders}` to fill in."""

    system: str
    user: str

    def __str__(self) -> str:
        return f"[system]\n{self.system}\n\n[user]\n{self.user}"

    def messages(self, values: Mapping[str, str]) -> list[BaseMessage]:
        """Return the messages with `values` in place of the placeholders. Raises `Permanent` for an unknown one.

        Values are inserted as they are: braces in a document stay braces.
        """

        def value_of(placeholder: re.Match[str]) -> str:
            if placeholder[1] not in values:
                known = ", ".join(sorted(values))
                raise Permanent(f"The prompt has the unknown placeholder {placeholder[0]}. It may have: {known}.")
            return values[placeholder[1]]

        return [SystemMessage(self.system), HumanMessage(PLACEHOLDER.sub(value_of, self.user))]
