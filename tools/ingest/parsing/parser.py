"""One parser process, seen from the process that started it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from datetime import timedelta
from json import dumps
from pathlib import Path

from outlast.evidence.errors import NeedsOperator
from outlast.tools.ingest.files import FileFound
from outlast.tools.ingest.parsing.child import StartMessage
from outlast.tools.ingest.parsing.confining import TOO_MUCH_MEMORY_EXIT_CODE
from outlast.tools.ingest.parsing.limits import Limits, too_long_reason
from outlast.tools.ingest.parsing.messages import (
    LENGTH_BYTES,
    READY,
    ParsedFile,
    ParserAnswer,
    RefusedFile,
    encode_frame,
    encode_request,
)

START_TIMEOUT = timedelta(seconds=60)
EXIT_TIMEOUT = timedelta(seconds=5)
BUFFER_BYTES = 1 << 20
WHAT_TO_DO = "Free memory or processes on this machine, then repeat the command: it continues where it stopped."

# The process is isolated from environment variables (`-I`), so its import path is passed as an argument.
BOOTSTRAP = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from outlast.tools.ingest.parsing.child import main; main(sys.argv[2])"
)


def import_path() -> list[str]:
    """Return the import path of this process, in an order in which no user's file hides a module of a library.

    The standard library comes first, and the folder of the running script or notebook last: it may have a `json.py` or
    an `html.py` in it, beside a reader of the user.
    """
    standard = Path(os.__file__).parent
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    script = {"", str(Path(main).parent.absolute())} if main else {""}

    def rank(folder: str) -> int:
        is_standard = Path(folder) in (standard, standard / "lib-dynload")
        return 0 if is_standard else 2 if folder in script else 1

    return sorted(sys.path, key=rank)  # sorting is stable, so the order within a rank stays


class Parser:
    """Create it with `Parser(...)`, wait for `wait_until_ready()`, and always call `end()` at last.

    It reads one file at a time. When an answer of `read` is its last, `is_over` is set and it reads no more files.
    """

    def __init__(self, reader: str, limits: Limits) -> None:
        """Start the process, which is ready after about 0.1 s. Raises NeedsOperator if it cannot be started."""
        start = StartMessage(parent=os.getpid(), reader=reader, limits=limits)
        self._limits = limits
        self._ours, theirs = socket.socketpair()
        self._streams: tuple[StreamReader, StreamWriter] | None = None
        self.files_read = 0
        self.is_over = False
        try:
            # Started from the thread of the event loop on purpose: the kernel kills a parser when that thread ends.
            self._process = subprocess.Popen(  # noqa: S603 - this Python
                [sys.executable, "-I", "-X", "utf8", "-c", BOOTSTRAP, dumps(import_path()), start.model_dump_json()],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,  # libraries may print anything
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            self._ours.close()
            raise NeedsOperator(f"A parser process cannot be started: {error.strerror}.", WHAT_TO_DO) from error
        finally:
            theirs.close()

    async def wait_until_ready(self) -> None:
        """Wait for the first frame of the process. Raises NeedsOperator if the process could not start."""
        self._streams = await asyncio.open_connection(sock=self._ours, limit=BUFFER_BYTES)
        try:
            async with asyncio.timeout(START_TIMEOUT.total_seconds()):
                first_frame = await self._read_frame()
        except (EOFError, ConnectionError):
            first_frame = f"it ended with code {await self._wait_for_exit()}".encode()
        except TimeoutError:
            first_frame = f"it did not answer within {START_TIMEOUT.seconds} s".encode()
        if first_frame != READY:
            raise NeedsOperator(f"A parser process did not start: {first_frame.decode(errors='replace')}.", WHAT_TO_DO)

    async def read(self, file: FileFound) -> tuple[ParserAnswer, list[str]]:
        """Return the answer and the texts of its documents. If the process ends meanwhile, it is a RefusedFile."""
        timeout = self._limits.wall_clock_timeout(file.state.size_bytes)
        try:
            async with asyncio.timeout(timeout.total_seconds()):
                answer, texts = await self._ask(file)
        except TimeoutError:
            answer, texts = self._refuse(file, too_long_reason(timeout), lasting=False), []
        except (EOFError, ConnectionError):
            answer, texts = self._explain_exit(file, await self._wait_for_exit()), []
        except ValueError:  # neither JSON nor UTF-8: the file may have corrupted its parser
            answer, texts = self._refuse(file, "its parser gave an invalid answer"), []
        self.files_read += 1
        self.is_over = answer.is_last
        return answer, texts

    async def _ask(self, file: FileFound) -> tuple[ParserAnswer, list[str]]:
        _, writer = self._connected
        writer.write(encode_frame(encode_request(os.fsencode(file.path), file.uri)))
        await writer.drain()
        answer = ParserAnswer.model_validate_json(await self._read_frame())
        count = len(answer.outcome.documents) if isinstance(answer.outcome, ParsedFile) else 0
        return answer, [(await self._read_frame()).decode() for _ in range(count)]

    async def _read_frame(self) -> bytes:
        reader, _ = self._connected
        length = int.from_bytes(await reader.readexactly(LENGTH_BYTES), "big")
        if length > self._limits.memory_bytes:
            raise ValueError("A frame is longer than the memory limit of its sender.")
        return await reader.readexactly(length)

    @property
    def _connected(self) -> tuple[StreamReader, StreamWriter]:
        if self._streams is None:
            raise RuntimeError("This parser is not ready yet: await wait_until_ready() first.")
        return self._streams

    def _explain_exit(self, file: FileFound, code: int) -> ParserAnswer:
        limits, lasting = self._limits, True
        if code == TOO_MUCH_MEMORY_EXIT_CODE:
            reason = limits.too_much_memory_reason
        elif code == -signal.SIGPROF:
            reason = too_long_reason(limits.cpu_time(file.state.size_bytes))
        elif code == -signal.SIGKILL:  # by a person, or by a kernel that is short of memory
            reason, lasting = "its parser was killed, perhaps because memory ran out", False
        elif code < 0:
            reason = f"its parser crashed ({signal.Signals(-code).name})"
        else:
            reason = f"its parser ended with code {code}"
        return self._refuse(file, reason, lasting=lasting)

    @staticmethod
    def _refuse(file: FileFound, reason: str, *, lasting: bool = True) -> ParserAnswer:
        return ParserAnswer(outcome=RefusedFile(state=file.state, reason=reason, lasting=lasting), is_last=True)

    async def _wait_for_exit(self) -> int:
        """Return the exit code of a process that has closed its socket, and so is about to end."""
        try:
            return await asyncio.to_thread(self._process.wait, EXIT_TIMEOUT.total_seconds())
        except subprocess.TimeoutExpired:
            self._process.kill()
            return await asyncio.to_thread(self._process.wait)

    async def end(self) -> None:
        """Kill the process, whatever it is doing. Calling it twice is harmless."""
        self._process.kill()
        await asyncio.to_thread(self._process.wait)
        if self._streams is None:
            self._ours.close()
            return
        _, writer = self._streams
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
