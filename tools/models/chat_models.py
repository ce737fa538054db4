"""Chat models by name: `openai:gpt-5-mini`, `anthropic:claude-sonnet-5-5`, `ollama:qwen3` and all that LangChain knows.

`chat_model` returns the provider's own model class with four additions around each whole call: a time limit; a limit
of the answer's length, if a budget sets one; retries of transient failures; errors that say who can fix them. They
sit below the model's cache, so that a call that was answered at its third attempt is one entry of the cache, and so is
an answer that was cut off.
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
"""Reasoning models take minutes. The client's own timeouts count from byte to byte, and a server may send slowly."""
PROBE_TIMEOUT = timedelta(seconds=5)
PLACEHOLDER_KEY = "not-needed"
"""Servers on the same machine need no key, but the client requires some value."""

KEY_VARIABLES = {
    "anthropic": "ANTHROPIC_API_KEY",
    "google_genai": "GOOGLE_API_KEY",
    "mistralai": "MISTRAL_API_KEY",
    "openai": "OPENAI_API_KEY",
}
"""Environment variables in which the clients of these providers look for their key."""
PROVIDERS_SILENT_ABOUT_KEYS = frozenset({"anthropic", "mistralai"})
"""Their clients do not report a missing key: one fails as if there were no connection, one sends the word None."""
MISSING_KEY_PATTERN = re.compile(r"api[_ ]?key|credentials", re.IGNORECASE)


class RetryingChatModel(BaseChatModel):
    """The additions of `chat_model` to a provider's class, which this class precedes in the method resolution order."""

    known_as: str = Field(default="", exclude=True)
    patience: Patience = Field(default=MODEL_PATIENCE, exclude=True)

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        model = with_answer_limit(self)
        try:
            return await model.agenerate_with_retries(messages, *args, **kwargs)
        except (NotAccepted, ContextTooLong):
            if model is self:
                raise
        # The server may refuse the limit itself: it takes no limit, or the limit is above what it can do.
        return await self.agenerate_with_retries(messages, *args, **kwargs)

    async def agenerate_with_retries(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        """Answer one call, retried while that can help. Errors are those of Outlast."""
        call = super()._agenerate

        async def attempt() -> ChatResult:
            try:
                result = await call(messages, *args, **kwargs)
            except Exception as error:  # noqa: BLE001 - clients raise errors of any type; as_error translates them
                if (cut := recover_cut_answer(error, self)) is not None:
                    return cut
                failure = as_error(error, self.known_as, secrets_of(self))
            else:
                if result.generations:
                    return result
                failure = Malformed(f"The model {self.known_as} sent an answer without a message.")
            raise failure  # outside the `except` block: the client's error may quote the key

        try:
            return await retry(attempt, f"The model {self.known_as}", self.patience)
        except Malformed as error:
            problem = str(error)  # a gateway may do this for a minute; after all retries, a person must look
        raise NeedsOperator(problem, "Check the model's base URL, and that it is a chat model; then go on.")

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        """Answer without retries: Outlast's own graphs are asynchronous."""
        try:
            return super()._generate(messages, *args, **kwargs)  # pyright: ignore[reportAbstractUsage]
        except Exception as error:  # noqa: BLE001 - as above
            if (cut := recover_cut_answer(error, self)) is not None:
                return cut
            failure = as_error(error, self.known_as, secrets_of(self))
        raise failure


def recover_cut_answer(error: Exception, model: BaseChatModel) -> ChatResult | None:
    """Return the answer inside the error that OpenAI's client raises when structured output was cut off.

    Return None for any other error. The answer is returned without its text, which is incomplete JSON: LangChain's
    parsers would close its open brackets and pass it off as complete.
    """
    if type(error).__name__ != "LengthFinishReasonError":
        return None
    # The client's own conversion, so that the result says what the answer cost and why it ended.
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
    """Return the chat model `provider:model`. `base_url` is a server that speaks the provider's protocol.

    Without `api_key`, the provider's own client looks for the key in its environment variable, such as OPENAI_API_KEY.
    `options` are passed to the model's class unchanged, such as `temperature=0`.

    Raises `Permanent` for an impossible name or address, `NeedsOperator` for a missing key or package.
    """
    if base_url and not base_url.startswith(("http://", "https://")):
        raise Permanent("The base URL of a model server must begin with http:// or https://, and this one does not.")
    given_options: dict[str, Any] = options | {
        key: value for key, value in (("base_url", base_url), ("api_key", api_key)) if value
    }
    try:
        plain = init_provider_model(name, given_options)
    except NeedsOperator:
        if not base_url or api_key:
            raise
        given_options |= {"api_key": PLACEHOLDER_KEY}
        plain = init_provider_model(name, given_options)
    own_options: dict[str, Any] = {
        "model": name.partition(":")[2],
        "known_as": name,
        "patience": patience,
        "cache": cache,
        "disable_streaming": True,  # an answer that stops midway is retried as a whole
        "max_retries": 0,  # the client's own retries handle neither invalid Retry-After values nor our limits
    }
    retrying = derive_retrying_class(type(plain))
    accepted = option_names(retrying)
    return retrying(**{name: value for name, value in (own_options | given_options).items() if name in accepted})


def init_provider_model(name: str, options: dict[str, Any]) -> BaseChatModel:
    """Create the model with its provider's package, and check that it has a key if it needs one."""
    provider, model_name, _ = name.partition(":")
    complaint = ""
    try:
        model = cast("BaseChatModel | None", init_chat_model(name, **options) if model_name else None)
    except ImportError as error:
        raise NeedsOperator(f"Models of {provider} need a package that is not installed.", str(error)) from None
    except Exception as error:  # noqa: BLE001 - each provider's class has its own error for a missing key
        model, complaint = None, str(error)
    if model and (provider not in PROVIDERS_SILENT_ABOUT_KEYS or secrets_of(model)):
        return model
    if model or MISSING_KEY_PATTERN.search(complaint):
        own_server = ", or OPENAI_BASE_URL for a server of your own" if provider == "openai" else ""
        key = KEY_VARIABLES.get(provider, "the key that its package reads from the environment")
        raise NeedsOperator(f"The model {name} needs a key.", f"Set {key}{own_server}.")
    raise Permanent(
        f"{name or 'An empty name'} is not a usable model. Name it provider:model, such as openai:gpt-5-mini."
    )


@lru_cache
def derive_retrying_class(provider_class: type[BaseChatModel]) -> type[BaseChatModel]:
    """Return a subclass with the additions of `RetryingChatModel` that keeps the provider class's name."""
    attributes = {"__module__": provider_class.__module__, "__doc__": provider_class.__doc__}
    return type(provider_class.__name__, (RetryingChatModel, provider_class), attributes)


def option_names(model_class: type[BaseChatModel]) -> frozenset[str]:
    """Return the names by which a model class takes its options: fields and their aliases."""
    fields = model_class.model_fields
    return frozenset(fields) | {field.alias for field in fields.values() if field.alias}


def secrets_of(model: BaseChatModel) -> list[str]:
    """Return the keys that the model holds."""
    values = [getattr(model, name, None) for name in type(model).model_fields]
    return [value.get_secret_value() for value in values if isinstance(value, SecretStr) and value.get_secret_value()]


async def probe(model: BaseChatModel) -> None:
    """Make one small call. Raises the call's error within seconds if the model cannot be used."""
    single_attempt = Patience(
        total_timeout=timedelta(milliseconds=1), attempt_timeout=PROBE_TIMEOUT
    )  # no time for a second attempt
    await model.model_copy(update={"patience": single_attempt, "cache": None}).ainvoke("Answer with the word yes.")
