"""Make three reports about the evaluation's documents for people to read: `make eval-reports`.

The documents do not answer one of the questions, and its report must say so.
"""

import subprocess

from bench.commands import OUTLAST
from bench.eval.__main__ import HOME
from bench.eval.corpora import fetch

REPORT_QUESTIONS = {
    "pg": "What is the fastest way to load a large number of rows, and how do I avoid transaction ID wraparound?",
    "legal": "How are rights reinstated after a violation of GPL version 3, and are trademark rights waived by CC0?",
    "pdf": "How do I run containers with Docker on Debian?",
}


def main() -> None:
    for corpus, place in fetch(REPORT_QUESTIONS, HOME / "corpora").items():
        out = HOME / "reports" / corpus
        command = [OUTLAST, "research", REPORT_QUESTIONS[corpus], "--docs", place, "--out", out, "--yes"]
        subprocess.run([str(part) for part in command], check=True)
        print(f"\nThe report is in {out / 'report.html'}\n")


if __name__ == "__main__":
    main()
