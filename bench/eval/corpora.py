"""The corpora of the evaluation: real documents that others wrote, fetched and never committed.

`topics` comes with Python and needs no network; the others are unpacked from Debian packages (`apt-get download`, about
14 MB), so they need a Debian or Ubuntu with its package lists.
"""

import gzip
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from pydoc_data.topics import topics
from tempfile import TemporaryDirectory

PACKAGES = (
    *("postgresql-doc-15", "r-doc-pdf", "doc-debian", "debian-faq"),
    *("debian-policy", "developers-reference", "maint-guide"),
)
LICENCES = Path("/usr/share/common-licenses")
GOVERNANCE = Path("usr/share/doc/debian")
GZIPPED_PDFS = {
    "debian-faq.pdf": "usr/share/doc/debian/FAQ/debian-faq.en.pdf.gz",
    "policy.pdf": "usr/share/doc/debian-policy/policy.pdf.gz",
    "fhs-3.0.pdf": "usr/share/doc/debian-policy/fhs/fhs-3.0.pdf.gz",
}
RENAMED = {"policy.pdf": "debian-policy.pdf", "maint-guide.en.pdf": "maint-guide.pdf"}


def fetch(wanted: Iterable[str], folder: Path) -> dict[str, Path]:
    """The folders of the corpora `wanted`, by name; those that are not in `folder` yet are made there first."""
    places = {name: folder / name for name in wanted}
    missing = {name: place for name, place in places.items() if not place.is_dir()}
    if "pytopics" in missing:
        _whole(missing.pop("pytopics"), _write_topics)
    if missing:
        with TemporaryDirectory() as unpacked:
            _unpack(Path(unpacked))
            for name, place in missing.items():
                _whole(place, lambda into, write=WRITERS[name]: write(Path(unpacked), into))
    return places


def _whole(place: Path, write: Callable[[Path], None]) -> None:
    """A folder is there when all of it is."""
    beside = place.with_name(f"{place.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    write(beside)
    beside.rename(place)


def _write_topics(into: Path) -> None:
    for topic, text in topics.items():
        (into / f"{topic}.txt").write_text(text, encoding="utf-8")


def _unpack(into: Path) -> None:
    try:
        subprocess.run(["apt-get", "download", *PACKAGES], cwd=into, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(
            f"The documents cannot be fetched ({error}). They are Debian packages: run this on Debian or Ubuntu, after "
            "`apt-get update`; or name only the corpus that every Python has: --only pytopics."
        ) from error
    for package in into.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package.name, "."], cwd=into, check=True)


def _write_legal(unpacked: Path, into: Path) -> None:
    """Licences, and how Debian governs itself: hard-wrapped plain text."""
    for licence in LICENCES.iterdir():
        if not licence.is_symlink():
            shutil.copy(licence, into / f"{licence.name}.txt")
    governance = unpacked / GOVERNANCE
    for name in ("constitution", "social-contract", "mailing-lists", "bug-reporting", "bug-log-mailserver"):
        _gunzip(governance / f"{name}.txt.gz", into / f"{name}.txt")
    for name in ("bug-maint-info", "bug-maint-mailcontrol"):
        _gunzip(governance / f"{name}.txt.gz", into / f"{name}.txt")
    for name in ("bug-mailserver-refcard", "bug-log-access", "source-unpack"):
        shutil.copy(governance / f"{name}.txt", into)


def _write_manual(unpacked: Path, into: Path) -> None:
    """PostgreSQL's manual: a folder of linked HTML pages."""
    for page in (unpacked / "usr/share/doc/postgresql-doc-15").rglob("*.html"):
        shutil.copy(page, into)


def _write_pdfs(unpacked: Path, into: Path) -> None:
    """Manuals of R and Debian."""
    for name in ("FAQ", "intro", "data", "lang", "ints", "admin", "exts"):
        shutil.copy(unpacked / f"usr/share/R/doc/manual/R-{name}.pdf", into)
    for name, zipped in GZIPPED_PDFS.items():
        _gunzip(unpacked / zipped, into / RENAMED.get(name, name))
    shutil.copy(unpacked / "usr/share/developers-reference/developers-reference.pdf", into)
    shutil.copy(unpacked / "usr/share/doc/maint-guide/maint-guide.en.pdf", into / RENAMED["maint-guide.en.pdf"])


def _gunzip(zipped: Path, into: Path) -> None:
    into.write_bytes(gzip.decompress(zipped.read_bytes()))


WRITERS = {"legal": _write_legal, "pg": _write_manual, "pdf": _write_pdfs}
NAMES = ("pytopics", *WRITERS)
