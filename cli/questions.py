"""A question as a person gives it at the command line: its words, its documents, its budget."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from outlast.cli.output import Output
from outlast.evidence.budget import MAX_LIMIT, Budget
from outlast.evidence.errors import Permanent
from outlast.evidence.sources import Collection
from outlast.evidence.text import shell_command
from outlast.evidence.words import UNSEARCHABLE_SCRIPT_MESSAGE, is_unspaced_script
from outlast.orchestration.client.documents import build_collection, open_collections
from outlast.orchestration.embedded.home_folder import HOME_FOLDER_NAME
from outlast.orchestration.settings import Settings
from outlast.tools.ingest.progress import IngestProgress

MAX_STDIN_BYTES = 4 * 1024 * 1024
"""Of stdin. A question is far shorter; whoever pipes a book in hears so at once."""


def read_question(given: str) -> str:
    """`given`, or what stdin holds where it is "-"; in one line. Raises Permanent where it is none."""
    question = " ".join((read_stdin() if given == "-" else given).split())
    if not question:
        raise Permanent('The question is empty. Ask one: outlast research "QUESTION" --docs DIR')
    if is_unspaced_script(question):
        raise Permanent(UNSEARCHABLE_SCRIPT_MESSAGE)
    return question


def read_stdin() -> str:
    try:
        return sys.stdin.buffer.read(MAX_STDIN_BYTES).decode()
    except UnicodeDecodeError as error:
        raise Permanent(f"The question on stdin is not in UTF-8 (at byte {error.start}). Convert it first.") from None


def budget_of(usd: float | None, tokens: int | None) -> Budget:
    """Without limits where no option names one. Raises Permanent for what cannot be one."""
    for option, limit in (("--budget-usd", usd), ("--budget-tokens", tokens)):
        if limit is not None and not 0 < limit <= MAX_LIMIT:  # which not-a-number is not
            raise Permanent(f"{option} takes a number above 0, up to {MAX_LIMIT:,}, unlike {str(limit)[:30]}.")
    return Budget(usd=usd, tokens=tokens)


QUESTION_USAGE = (
    "Give a question of at most 20,000 characters; with --docs DIR, --collection NAME or --web, and --budget-usd N or "
    "--budget-tokens N."
)
"""What is accepted, in the words of the command line."""


def print_home(settings: Settings, output: Output) -> None:
    """Who makes something is told where, if that is not here."""
    if settings.home_is_above:
        output.people.print(
            f"Home      {settings.home}, of a folder above; OUTLAST_HOME={HOME_FOLDER_NAME} makes one here"
        )


async def ingest_and_save(docs: Path, settings: Settings, output: Output, exclude: Sequence[str] = ()) -> str:
    """Take the folder in; the id of the collection that it is now."""
    collection = await ingest_with_progress(docs, settings, output, exclude)
    said = f"Documents {docs}: {len(collection.sources)} indexed, {len(collection.skipped)} skipped"
    output.people.print(said)
    return await open_collections(settings).save(collection)


async def ingest_with_progress(
    docs: Path, settings: Settings, output: Output, exclude: Sequence[str] = ()
) -> Collection:
    """The folder as it is now, as a collection that is not stored yet."""
    with output.people.status(Text(f"Indexing {docs} ...")) as status:

        def show(progress: IngestProgress) -> None:
            status.update(Text(f"Indexing {docs}: {progress}"))

        return await build_collection(docs, settings, exclude, show)


def no_documents_error(command: str, question: str) -> Permanent:
    """Neither a folder nor a collection nor the web was named."""
    return Permanent(
        f"There are no documents. Name their folder: {asking(command, question, '--docs', 'DIR')}; or --collection "
        "NAME, as `outlast docs list` has it; or --web."
    )


def refuse_unclear(docs: Path | None, collection: str, exclude: Sequence[str]) -> None:
    """Permanent where options do not say which documents are meant."""
    if docs is not None and collection:
        raise Permanent("--docs and --collection both name documents. Give one of them.")
    if exclude and docs is None:
        raise Permanent("--exclude leaves files out of --docs DIR. Name the folder, or leave --exclude out.")


MAX_REPEATED_QUESTION_CHARACTERS = 500
"""Characters; a longer one is not repeated."""


def asking(name: str, question: str, *options: str) -> str:
    """`outlast research` or `outlast ask` with that question."""
    if len(question) > MAX_REPEATED_QUESTION_CHARACTERS:
        return f'outlast {name} "QUESTION" {shlex.join(options)}'.rstrip()
    if question.startswith("-"):  # no option
        return shell_command(name, *options, "--", question)
    return shell_command(name, question, *options)
