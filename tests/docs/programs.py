"""Runs a block of a page as what it is for its reader: a program in a folder of documents, with a key for a model.

The text is the reader's own. What differs is around it: the model's address in the environment is a scripted server,
Temporal's usual port is that of the tests' server, and nothing but this machine can be reached.
"""

import ast
import os
import shutil
import subprocess
import sys
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path

from durable.tests.examples import LEAVING, SERVER
from tests.docs.pages import Block, blocks
from tests.replay.record import HISTORIES
from tests.servers.openai_server import OpenAIServer
from tests.terminal import Terminal, ours

LIMIT_SECONDS = 180
SLOW_CALL, QUICK_CALL = "asyncio.sleep(10)", "asyncio.sleep(1)"
"""A reader gets the time to do something while a call is under way; a test takes less."""
STARTS_PROCESSES = ("Client.connect(", SERVER)
SPEAKS_TO_TEMPORAL = ("temporalio", "Client.connect(")
"""Threads of its SDK may abort the interpreter as it ends: such a program gets `LEAVING`."""
ALONE = '''"""Every Python that is started here reaches this machine alone."""

import sys

HERE = {"localhost", "127.0.0.1", "::1"}


def refuse(event, arguments):
    host = {"socket.getaddrinfo": lambda: arguments[0], "socket.connect": lambda: arguments[1]}
    if event in host:
        asked = host[event]()
        asked = asked[0] if isinstance(asked, tuple) else asked
        if isinstance(asked, bytes):
            asked = asked.decode()
        if asked and not asked.startswith("/") and asked not in HERE:
            raise PermissionError(f"A program of the docs wants to reach {asked}.")


sys.addaudithook(refuse)
'''
RUN_FILE = "import runpy, sys; sys.path.insert(0, '.'); runpy.run_path(sys.argv[1], run_name='__main__')"
"""As `python FILE`, but as a `python -c`, which tests without processes may start."""


WARNINGS = ("-W", "error", "-W", "ignore:subprocess:ResourceWarning")
"""Each is an error, but that what a client has started still runs at its end: it stops by itself, a little later."""


def starts_processes(block: Block) -> bool:
    """Or needs one: Temporal's server."""
    return any(call in block.code for call in STARTS_PROCESSES)


def environment(folder: Path, model: OpenAIServer) -> dict[str, str]:
    """Of a person who has set a key, and nothing else."""
    alone = folder / "alone"
    alone.mkdir(exist_ok=True)
    (alone / "sitecustomize.py").write_text(ALONE, encoding="utf-8")
    keys = {"OPENAI_API_KEY": "sk-0123456789abcdef", "OPENAI_BASE_URL": model.base_url}
    return {name: value for name, value in os.environ.items() if not ours(name)} | keys | {"PYTHONPATH": str(alone)}


def run(block: Block, folder: Path, model: OpenAIServer, server: str = "") -> str:
    """What the program prints. `folder` holds `documents`, and gets `histories` and the page's files up to this block.

    `server` is the address of a Temporal server, for blocks that need one. Raises `AssertionError` where it fails.
    """
    for each in blocks(block.page):
        if each.language == "python" and each.number <= block.number:
            code = each.code.replace(SERVER, server).replace(SLOW_CALL, QUICK_CALL)
            (folder / each.file_name).write_text(code, encoding="utf-8")
    if "histories" in block.code:
        shutil.copytree(HISTORIES, folder / "histories", dirs_exist_ok=True)
    if any(name in block.code for name in SPEAKS_TO_TEMPORAL):
        with (folder / block.file_name).open("a", encoding="utf-8") as program:
            program.write(LEAVING)
    starting = [block.file_name] if starts_processes(block) else ["-c", RUN_FILE, block.file_name]
    try:
        done = subprocess.run(
            [sys.executable, *WARNINGS, *starting],
            cwd=folder,
            env=environment(folder, model),
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    finally:
        Terminal(folder).kill_everything()
    assert done.returncode == 0, f"{block.name} failed:\n{done.stdout}\n{done.stderr}"
    assert not done.stderr, f"{block.name} complains:\n{done.stderr}"
    return done.stdout


def differs(shown: str, printed: str) -> bool:
    """From what the page shows, in which `...` stands for anything."""
    return not OutputChecker().check_output(shown, printed, ELLIPSIS)


def imported_by(block: Block) -> set[str]:
    """The modules that it imports."""
    names = set[str]()
    for node in ast.walk(ast.parse(block.code)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
    return names
