"""Make six reports for people to read: `make eval-reports`. Three are about the evaluation's documents.

The other three are about small folders of tables, mail and a PDF. The documents do not answer one of the questions, and
its report must say so.
"""

import shutil
import subprocess
from pathlib import Path

from bench.commands import OUTLAST
from bench.eval.__main__ import HOME
from bench.eval.corpora import fetch
from bench.eval.small_folders import SMALL_FOLDERS

REPORT_QUESTIONS = {
    "pg": "What is the fastest way to load a large number of rows, and how do I avoid transaction ID wraparound?",
    "legal": "How are rights reinstated after a violation of GPL version 3, and are trademark rights waived by CC0?",
    "pdf": "How do I run containers with Docker on Debian?",
}


def main() -> None:
    for corpus, place in fetch(REPORT_QUESTIONS, HOME / "corpora").items():
        make_report(REPORT_QUESTIONS[corpus], place, HOME / "reports" / corpus)
    for name, (write, question) in SMALL_FOLDERS.items():
        folder = HOME / "small" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write(folder)
        make_report(question, folder, HOME / "reports" / name)


def make_report(question: str, documents: Path, out: Path) -> None:
    command = [OUTLAST, "research", question, "--docs", documents, "--out", out, "--yes"]
    subprocess.run([str(part) for part in command], check=True)
    print(f"\nThe report is in {out / 'report.html'}\n")


if __name__ == "__main__":
    main()
