"""Count the words that independent extractors find in real files, and that are neither in our text nor in our ledger.

`make completeness`, or `python -m bench.completeness [--sample 2] [--only docx]`. A sample has 100 files of twelve
kinds. PDFs are also read by Poppler; pages, e-books, light markup and tables by Pandoc; DOCX, ODT and RTF by Pandoc and
by LibreOffice; slides and sheets by LibreOffice; mails by mblaze. All come from Debian packages and are unpacked
without being installed. A file that they cannot read, or find hardly a word in, is passed over.

A word counts once a file, without case and accents. Of the words that only the others have, as many are accounted for
as our ledger says that words were left out; of what is repeated on every page, and of the contents of a PDF, only
numbers of pages. What the others read wrongly is listed in `errors.tsv` with the reason. The readers were mended until
nothing was left of sample 1. Sample 2 has other files. The exit code is 1 if any word is left.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

from bench.completeness.comparing import FileResult, compare, known_errors
from bench.completeness.extractors import Extractors
from bench.completeness.pool import KINDS, SAMPLES, candidates, fetch
from bench.eval.__main__ import HOME

RESULTS = Path(__file__).parent.parent / "results" / "completeness"
MAX_PRINTED_WORDS = 15
HEADINGS = ("kind", "files", "words", "missing", "in our ledger", "errors of others", "unexplained")
HALVES = 2
"""The files of a kind are measured in two halves, which may run beside each other."""


def measure(home: Path, kind: str, sample: int, half: int) -> list[FileResult]:
    """Measure one half of the files of a kind."""
    extractors, errors = Extractors(home), known_errors()
    wanted = len(range(half, KINDS[kind], HALVES))
    results: list[FileResult] = []
    for file in candidates(home / "pool", kind, sample)[half::HALVES]:
        if len(results) == wanted:
            break
        text = extractors.read(file.path, kind)
        if text is not None:
            results.append(compare(file.name, file.path, text, errors))
    return results


def table(results: Sequence[FileResult]) -> str:
    rows: list[tuple[str, ...]] = [HEADINGS]
    for kind in [*KINDS, ""]:
        of_kind = [result for result in results if kind in ("", result.kind)]
        if of_kind:
            in_ledger = sum(each.in_ledger for each in of_kind)
            excused = sum(sum(each.excused.values()) for each in of_kind)
            left = sum(len(each.missing) for each in of_kind)
            figures = (len(of_kind), sum(each.words for each in of_kind), in_ledger + excused + left)
            rows.append((kind or "all", *(f"{each:,}" for each in (*figures, in_ledger, excused, left))))
    return "\n".join("".join(cell.ljust(8) if not n else cell.rjust(18) for n, cell in enumerate(row)) for row in rows)


def list_unexplained(results: Sequence[FileResult]) -> str:
    worst = sorted((result for result in results if result.missing), key=lambda result: -len(result.missing))
    return "\n".join(
        f"{len(result.missing):>6} of {result.words:>6}  {result.file}: "
        f"{result.unreadable or ' '.join(result.missing[:MAX_PRINTED_WORDS])}"
        for result in worst
    )


def kept_results(sample: int, results: Sequence[FileResult]) -> dict[str, object]:
    return {
        "sample": sample,
        "files": len(results),
        "words": sum(each.words for each in results),
        "unexplained": sum(len(each.missing) for each in results),
        "results": [asdict(result) for result in sorted(results, key=lambda each: each.file)],
    }


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.completeness", description="Count the words that are lost.")
    options.add_argument("--sample", type=int, choices=range(1, SAMPLES + 1), default=1, help="which 100 files")
    options.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS), help="only files of these kinds")
    options.add_argument("--home", type=Path, default=HOME / "completeness", help="folder for files and extractors")
    arguments = options.parse_args()
    fetch(arguments.home, Extractors(arguments.home))
    began = time.perf_counter()
    results: list[FileResult] = []
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        tasks = {
            processes.submit(measure, arguments.home, kind, arguments.sample, half): kind
            for kind in arguments.only
            for half in range(HALVES)
        }
        for done, task in enumerate(as_completed(tasks), 1):
            results += task.result()
            print(f"{done} of {len(tasks)}: {len(task.result())} files of {tasks[task]}", flush=True)
    print(f"\n{table(results)}\n\n{time.perf_counter() - began:.0f} s\n\n{list_unexplained(results)}")
    if set(arguments.only) == set(KINDS):
        RESULTS.mkdir(exist_ok=True)
        file = RESULTS / f"sample-{arguments.sample}.json"
        file.write_text(json.dumps(kept_results(arguments.sample, results), indent=1) + "\n", encoding="utf-8")
    sys.exit(1 if any(result.missing for result in results) else 0)


if __name__ == "__main__":
    main()
