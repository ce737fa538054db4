"""A pool of parser processes, which are started when there are files to read and replaced when they end."""

from asyncio import Semaphore
from types import TracebackType

from outlast.tools.ingest.files import FileFound
from outlast.tools.ingest.parsing.limits import Limits
from outlast.tools.ingest.parsing.messages import ParsedFile, ParserAnswer, RefusedFile
from outlast.tools.ingest.parsing.parser import Parser

DEFAULT_READER = "outlast.tools.documents.reading:read_document"


class ParserPool:
    """Use the pool with `async with`, at whose end it stops all its processes. Many tasks may use it at once.

    This process itself reads no format, not even plain text: the readers search for structure with regular expressions,
    and one that backtracks without end holds the interpreter's lock, so that no timer and no Ctrl-C could stop it here.
    """

    def __init__(self, max_processes: int, limits: Limits, reader: str = DEFAULT_READER) -> None:
        """Run up to `max_processes` at a time. `reader` is `module:function`, as in `StartMessage`."""
        self._slots = Semaphore(max_processes)
        self._limits = limits
        self._reader = reader
        self._idle: list[Parser] = []
        self._running: set[Parser] = set()

    async def __aenter__(self) -> "ParserPool":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for parser in list(self._running):
            await self._end(parser)

    async def read(self, file: FileFound) -> tuple[ParsedFile | RefusedFile, list[str]]:
        """Return the parsed file and the texts of its documents; a RefusedFile with the reason if it breaks its parser.

        Raises NeedsOperator if no process can be started.
        """
        async with self._slots:
            parser = self._idle.pop() if self._idle else await self._start_parser()
            answer, texts = await self._ask(parser, file)
            if answer.is_last and isinstance(answer.outcome, RefusedFile) and parser.files_read > 1:
                # An earlier file may have broken the parser or filled its memory, so a new one tries this file again.
                answer, texts = await self._ask(await self._start_parser(), file)
            return answer.outcome, texts

    async def _start_parser(self) -> Parser:
        parser = Parser(self._reader, self._limits)
        self._running.add(parser)
        await parser.wait_until_ready()
        return parser

    async def _ask(self, parser: Parser, file: FileFound) -> tuple[ParserAnswer, list[str]]:
        answer, texts = await parser.read(file)
        if parser.is_over:
            await self._end(parser)
        else:
            self._idle.append(parser)
        return answer, texts

    async def _end(self, parser: Parser) -> None:
        await parser.end()
        self._running.discard(parser)
