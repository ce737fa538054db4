"""Chat models by name: `openai:gpt-5-mini`, `anthropic:claude-sonnet-5-5`, `ollama:qwen3`. Any that LangChain knows.

What is given back is the provider's own model class, with four things added around each whole call: a limit of time;
one of the answer's length, where a budget has one; retries of what may pass; errors that say who can do something. They
sit below the model's cache, so that a call that was answered at its third try is one entry of it, and one that was cut
off is one too.
"""

import re
from datetime import timedelta
from functools import lru_cache
from typing import Any, cast

from langchain.chat_models import init_chat_model
from langchain_core.caches import BaseCache
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult
from pydantic import Field, SecretStr

from outlast.evidence.errors import NeedsOperator, Permanent
from outlast.tools.models.answer_length import with_answer_limit
from outlast.tools.models.failures import ContextTooLong, Malformed, NotAccepted, as_error
from outlast.tools.retrying import Patience, retry

MODEL_PATIENCE = Patience(attempt_timeout=timedelta(minutes=5))
"""Models that reason take their time; the client's own timeouts count from byte to byte, and a server may drip."""
PROBE_TIMEOUT = timedelta(seconds=5)
PLACEHOLDER_KEY = "not-needed"
"""Servers on one's own machine want none, but the client insists on something."""

KEY_VARIABLES = {
    "anthropic": "ANTHROPIC_API_KEY",
    "google_genai": "GOOGLE_API_KEY",
    "mistralai": "MISTRAL_API_KEY",
    "openai": "OPENAI_API_KEY",
}
"""Where the clients of these providers look for their key."""
PROVIDERS_SILENT_ABOUT_KEYS = frozenset({"anthropic", "mistralai"})
"""Their clients do not say that they have none: one fails as if there were no connection, one sends the word None."""
MISSING_KEY_PATTERN = re.compile(r"api[_ ]?key|credentials", re.IGNORECASE)


class RetryingChatModel(BaseChatModel):
    """What `chat_model` adds to a provider's class. It stands before that class in the order of inheritance."""

    known_as: str = Field(default="", exclude=True)
    patience: Patience = Field(default=MODEL_PATIENCE, exclude=True)

    async def _agenerate(self, messages: list[BaseMessage], *given: Any, **kwargs: Any) -> ChatResult:
        model = with_answer_limit(self)
        try:
            return await model.agenerate_with_retries(messages, *given, **kwargs)
        except (NotAccepted, ContextTooLong):
            if model is self:
                raise
        # The server may refuse the limit itself: because it takes none, or cannot do as much, and so will not.
        return await self.agenerate_with_retries(messages, *given, **kwargs)

    async def agenerate_with_retries(self, messages: list[BaseMessage], *given: Any, **kwargs: Any) -> ChatResult:
        call = super()._agenerate

        async def once() -> ChatResult:
            try:
                result = await call(messages, *given, **kwargs)
            except Exception as error:  # noqa: BLE001 - clients raise what they like; what it means, as_error says
                if (cut := recover_cut_answer(error, self)) is not None:
                    return cut
                failure = as_error(error, self.known_as, secrets_of(self))
            else:
                if result.generations:
                    return result
                failure = Malformed(f"The model {self.known_as} sent an answer without a message.")
            raise failure  # not where it was caught: what the client raised may quote the key

        try:
            return await retry(once, f"The model {self.known_as}", self.patience)
        except Malformed as error:
            wrong = str(error)  # for a minute it may be a gateway's bad moment; then a person must look
        raise NeedsOperator(wrong, "Check the model's base URL, and that it is a chat model; then go on.")

    def _generate(self, messages: list[BaseMessage], *given: Any, **kwargs: Any) -> ChatResult:
        """Without retries: graphs here are asynchronous."""
        try:
            return super()._generate(messages, *given, **kwargs)  # pyright: ignore[reportAbstractUsage]
        except Exception as error:  # noqa: BLE001 - as above
            if (cut := recover_cut_answer(error, self)) is not None:
                return cut
            failure = as_error(error, self.known_as, secrets_of(self))
        raise failure


def recover_cut_answer(error: Exception, model: BaseChatModel) -> ChatResult | None:
    """The answer that OpenAI's client raises where one in a form was cut off; None in any other error.

    It comes without its text, which is half a form: LangChain's parsers close the brackets that are open, and would
    give it out as whole.
    """
    if type(error).__name__ != "LengthFinishReasonError":
        return None
    # As for any other answer of this client: with what it cost, and why it ended.
    result: ChatResult = cast("Any", model)._create_chat_result(cast("Any", error).completion)  # noqa: SLF001
    for generation in result.generations:
        generation.message.content = generation.text = ""
    return result


def chat_model(
    name: str,
    *,
    base_url: str = "",
    api_key: str = "",
    patience: Patience = MODEL_PATIENCE,
    cache: BaseCache | None = None,
    **options: Any,
) -> BaseChatModel:
    """The chat model `provider:model`. `base_url` names a server that speaks the provider's protocol.

    A key that is not given is the one that the provider's own client finds in its environment, such as OPENAI_API_KEY.
    `options` go to the model's class as they are, such as `temperature=0`.

    Raises `Permanent` for a name or an address that cannot be one, `NeedsOperator` for a missing key or package.
    """
    if base_url and not base_url.startswith(("http://", "https://")):
        raise Permanent("The base URL of a model server begins with http:// or https://, and this one does not.")
    given: dict[str, Any] = options | {
        key: value for key, value in (("base_url", base_url), ("api_key", api_key)) if value
    }
    try:
        plain = init_provider_model(name, given)
    except NeedsOperator:
        if not base_url or api_key:
            raise
        given |= {"api_key": PLACEHOLDER_KEY}
        plain = init_provider_model(name, given)
    ours: dict[str, Any] = {
        "model": name.partition(":")[2],
        "known_as": name,
        "patience": patience,
        "cache": cache,
        "disable_streaming": True,  # an answer that stops midway is tried again as a whole
        "max_retries": 0,  # the provider's own retries know neither Retry-After's junk nor our limits
    }
    kind = derive_retrying_class(type(plain))
    return kind(**{name: value for name, value in (ours | given).items() if name in option_names(kind)})


def init_provider_model(name: str, given: dict[str, Any]) -> BaseChatModel:
    """A model as its provider's package makes it, which has a key if it needs one."""
    provider, model_name, _ = name.partition(":")
    complaint = ""
    try:
        model = cast("BaseChatModel | None", init_chat_model(name, **given) if model_name else None)
    except ImportError as error:
        raise NeedsOperator(f"Models of {provider} need a package that is not installed.", str(error)) from None
    except Exception as error:  # noqa: BLE001 - each provider's class has its own way to say that its key is missing
        model, complaint = None, str(error)
    if model and (provider not in PROVIDERS_SILENT_ABOUT_KEYS or secrets_of(model)):
        return model
    if model or MISSING_KEY_PATTERN.search(complaint):
        own = ", or OPENAI_BASE_URL for a server of your own" if provider == "openai" else ""
        key = KEY_VARIABLES.get(provider, "the key that its package reads from the environment")
        raise NeedsOperator(f"The model {name} needs a key.", f"Set {key}{own}.")
    raise Permanent(
        f"{name or 'An empty name'} is no model that can be used. Name it provider:model, such as openai:gpt-5-mini."
    )


@lru_cache
def derive_retrying_class(kind: type[BaseChatModel]) -> type[BaseChatModel]:
    return type(kind.__name__, (RetryingChatModel, kind), {"__module__": kind.__module__, "__doc__": kind.__doc__})


def option_names(kind: type[BaseChatModel]) -> frozenset[str]:
    """The names by which a model takes its options."""
    fields = kind.model_fields
    return frozenset(fields) | {field.alias for field in fields.values() if field.alias}


def secrets_of(model: BaseChatModel) -> list[str]:
    values = [getattr(model, name, None) for name in type(model).model_fields]
    return [value.get_secret_value() for value in values if isinstance(value, SecretStr) and value.get_secret_value()]


async def probe(model: BaseChatModel) -> None:
    """One small call that says within seconds whether the model can be used: it raises if not."""
    once = Patience(
        total_timeout=timedelta(milliseconds=1), attempt_timeout=PROBE_TIMEOUT
    )  # no time for a second attempt
    await model.model_copy(update={"patience": once, "cache": None}).ainvoke("Answer with the word yes.")
