"""A question as a person types it on the command line: its words, its documents and its budget."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from outlast.cli.garbage import collect_garbage_seldom
from outlast.cli.output import Output
from outlast.evidence.budget import MAX_LIMIT, Budget
from outlast.evidence.errors import Permanent
from outlast.evidence.sources import Collection
from outlast.evidence.text import shell_command
from outlast.orchestration.client.documents import build_collection, open_collections
from outlast.orchestration.embedded.home_folder import HOME_FOLDER_NAME
from outlast.orchestration.settings import Settings
from outlast.tools.ingest.progress import IngestProgress
from outlast.tools.ingest.roots import describe_given

MAX_STDIN_BYTES = 4 * 1024 * 1024
"""Maximum number of bytes read from stdin. A question is far shorter, so a book that is piped in is refused at once."""

MAX_REPEATED_QUESTION_CHARACTERS = 500
"""In a command to type, a longer question is replaced by QUESTION."""

QUESTION_USAGE = (
    "Give a question of at most 20,000 characters; with --docs DIR, --collection NAME or --web, and --budget-usd N or "
    "--budget-tokens N."
)
"""What a question may have, in the words of the command line."""


def read_question(typed: str) -> str:
    """Return the question in one line, from stdin if `typed` is "-". Raises Permanent if it cannot be researched."""
    question = " ".join((read_stdin() if typed == "-" else typed).split())
    if not question:
        raise Permanent('The question is empty. Ask one: outlast research "QUESTION" --docs DIR')
    return question


def read_stdin() -> str:
    try:
        return sys.stdin.buffer.read(MAX_STDIN_BYTES).decode()
    except UnicodeDecodeError as error:
        raise Permanent(f"The question on stdin is not in UTF-8 (at byte {error.start}). Convert it first.") from None


def budget_of(usd: float | None, tokens: int | None) -> Budget:
    """Return the budget, without limits where no option sets one. Raises Permanent for a limit that is out of range."""
    for option, limit in (("--budget-usd", usd), ("--budget-tokens", tokens)):
        if limit is not None and not 0 < limit <= MAX_LIMIT:  # false for not-a-number too
            raise Permanent(f"{option} is {str(limit)[:30]}. Give a number above 0, up to {MAX_LIMIT:,}.")
    return Budget(usd=usd, tokens=tokens)


def refuse_unclear(docs: Sequence[Path], collection: str, exclude: Sequence[str]) -> None:
    """Raise Permanent if the options do not say clearly which documents are meant."""
    if docs and collection:
        raise Permanent("--docs and --collection both name documents. Give only one of them.")
    if exclude and not docs:
        raise Permanent("--exclude leaves files out of --docs DIR, which is missing. Give --docs DIR, or no --exclude.")


def no_documents_error(command: str, question: str) -> Permanent:
    """Return the error for a question without a folder, a collection or the web."""
    return Permanent(
        f"There are no documents. Name their folder: {asking(command, question, '--docs', 'DIR')}; or give "
        "--collection NAME (`outlast docs list` shows the names) or --web."
    )


def asking(name: str, question: str, *options: str) -> str:
    """Return the command `outlast NAME` with that question, quoted for a shell."""
    if len(question) > MAX_REPEATED_QUESTION_CHARACTERS:
        return f'outlast {name} "QUESTION" {shlex.join(options)}'.rstrip()
    if question.startswith("-"):  # otherwise it would be read as an option
        return shell_command(name, *options, "--", question)
    return shell_command(name, question, *options)


def print_home(settings: Settings, output: Output) -> None:
    """Print which home folder is used, if it is not in this folder."""
    if settings.home_is_above:
        output.people.print(
            f"Home      {settings.home}, found in a folder above; OUTLAST_HOME={HOME_FOLDER_NAME} makes one here"
        )


async def ingest_and_save(docs: Sequence[Path], settings: Settings, output: Output, exclude: Sequence[str] = ()) -> str:
    """Index the folders and files, and return the id of the collection that they now are."""
    collection = await ingest_with_progress(docs, settings, output, exclude)
    counts = f"{len(collection.sources)} indexed, {len(collection.skipped)} skipped"
    output.people.print(f"Documents {describe_given(docs)}: {counts}")
    return await open_collections(settings).save(collection)


async def ingest_with_progress(
    docs: Sequence[Path], settings: Settings, output: Output, exclude: Sequence[str] = ()
) -> Collection:
    """Index the folders and files, and return them as a collection that is not saved yet."""
    collect_garbage_seldom()
    named = describe_given(docs)
    with output.people.status(Text(f"Indexing {named} ...")) as status:

        def show(progress: IngestProgress) -> None:
            status.update(Text(f"Indexing {named}: {progress}"))

        return await build_collection(docs, settings, exclude, show)
