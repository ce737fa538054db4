"""The corpora of the evaluation: real documents of other authors, which are fetched and never committed.

Those of DEV were looked at while the rules were made, and the gate of answers is fitted to them and to those of FITTED;
those of UNSEEN were never looked at, so that only their figures say how well Outlast does on documents that nobody
tuned it to. `pytopics` comes with Python and needs no network, and five small folders of FITTED are our own. The others
are unpacked from Debian packages (`apt-get download`, about 50 MB for DEV and UNSEEN, and 23 MB for FITTED), so they
need Debian or Ubuntu with its package lists.
"""

import gzip
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from pydoc_data.topics import topics
from tempfile import TemporaryDirectory

from bench.eval.small_corpora import SMALL_CORPORA, write_small_corpus

PACKAGES = {
    "legal": ("doc-debian",),
    "pg": ("postgresql-doc-15",),
    "pdf": ("r-doc-pdf", "debian-faq", "debian-policy", "developers-reference", "maint-guide"),
    "mailserver": ("exim4-doc-html",),
    "installieren": ("installation-guide-amd64",),
    "numbers": ("python3-statsmodels",),
    "lexicon": ("jargon-text", "gnuplot-doc", "installation-guide-amd64", "exim4-doc-html"),
    "plotting": ("gnuplot-doc", "octave-doc"),
    "editor": ("vim-runtime",),
    "versions": ("git-doc",),
    "referenz": ("debian-reference-de",),
    "records": ("python3-vega-datasets",),
    "algebra": ("pari-doc",),
    "history": ("debian-history",),
}
LICENCES = Path("/usr/share/common-licenses")
GOVERNANCE = Path("usr/share/doc/debian")
GZIPPED_PDFS = {
    "debian-faq.pdf": "usr/share/doc/debian/FAQ/debian-faq.en.pdf.gz",
    "policy.pdf": "usr/share/doc/debian-policy/policy.pdf.gz",
    "fhs-3.0.pdf": "usr/share/doc/debian-policy/fhs/fhs-3.0.pdf.gz",
}
RENAMED = {"policy.pdf": "debian-policy.pdf", "maint-guide.en.pdf": "maint-guide.pdf"}


def fetch(names: Iterable[str], folder: Path) -> dict[str, Path]:
    """Return the folders of the corpora by name; corpora that are not in `folder` yet are made there first."""
    places = {name: folder / name for name in names}
    missing = {name: place for name, place in places.items() if not place.is_dir()}
    if "pytopics" in missing:
        _write_completely(missing.pop("pytopics"), _write_topics)
    for name in missing.keys() & SMALL_CORPORA.keys():
        _write_completely(missing.pop(name), lambda into, name=name: write_small_corpus(name, into))
    if missing:
        with TemporaryDirectory() as unpacked:
            unpack(sorted({package for name in missing for package in PACKAGES[name]}), Path(unpacked))
            for name, place in missing.items():
                _write_completely(place, lambda into, write=WRITERS[name]: write(Path(unpacked), into))
    return places


def _write_completely(place: Path, write: Callable[[Path], None]) -> None:
    """Write a folder under another name first, so that it exists only when it is complete."""
    partial = place.with_name(f"{place.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    write(partial)
    partial.rename(place)


def _write_topics(into: Path) -> None:
    for topic, text in topics.items():
        (into / f"{topic}.txt").write_text(text, encoding="utf-8")


def unpack(packages: Sequence[str], into: Path) -> None:
    """Download Debian packages and unpack them. Exits with a message where that is not possible."""
    try:
        subprocess.run(["apt-get", "download", *packages], cwd=into, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(
            f"The documents cannot be fetched ({error}). They are Debian packages: run this on Debian or Ubuntu, after "
            "`apt-get update`; or use only the corpus that comes with Python: --only pytopics."
        ) from error
    for package in into.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package.name, "."], cwd=into, check=True)


def _write_legal(unpacked: Path, into: Path) -> None:
    """Write licences and documents about Debian's governance, which are hard-wrapped plain text."""
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
    """Write PostgreSQL's manual, which is a folder of linked HTML pages."""
    for page in (unpacked / "usr/share/doc/postgresql-doc-15").rglob("*.html"):
        shutil.copy(page, into)


def _write_pdfs(unpacked: Path, into: Path) -> None:
    """Write manuals of R and Debian, which are PDFs."""
    for name in ("FAQ", "intro", "data", "lang", "ints", "admin", "exts"):
        shutil.copy(unpacked / f"usr/share/R/doc/manual/R-{name}.pdf", into)
    for name, zipped in GZIPPED_PDFS.items():
        _gunzip(unpacked / zipped, into / RENAMED.get(name, name))
    shutil.copy(unpacked / "usr/share/developers-reference/developers-reference.pdf", into)
    shutil.copy(unpacked / "usr/share/doc/maint-guide/maint-guide.en.pdf", into / RENAMED["maint-guide.en.pdf"])


def _write_mail_server(unpacked: Path, into: Path) -> None:
    """Write Exim's specification, which is a folder of long HTML pages; each is there under two names."""
    for page in (unpacked / "usr/share/doc/exim4-doc-html/spec_html").glob("ch-*.html"):
        shutil.copy(page, into)


def _write_german(unpacked: Path, into: Path) -> None:
    """Write the German installation guide, which is a folder of short HTML pages."""
    for page in (unpacked / "usr/share/doc/installation-guide-amd64/de").glob("*.html"):
        shutil.copy(page, into)


def _write_numbers(unpacked: Path, into: Path) -> None:
    """Write statistics, which are CSV files of different dialects, without a word of explanation."""
    for table in (unpacked / "usr/lib/python3/dist-packages/statsmodels/datasets").rglob("*.csv"):
        shutil.copy(table, into)


def _write_lexicon(unpacked: Path, into: Path) -> None:
    """Write a dictionary, release notes and changelogs, which are long plain texts."""
    documents = unpacked / "usr/share/doc"
    _gunzip(documents / "jargon-text/jargon.txt.gz", into / "jargon.txt")
    _gunzip(documents / "gnuplot/NEWS.gz", into / "gnuplot-news.txt")
    _gunzip(documents / "gnuplot/README.gz", into / "gnuplot-readme.txt")
    _gunzip(documents / "installation-guide-amd64/changelog.gz", into / "installation-guide-changelog.txt")
    _gunzip(documents / "exim4-doc-html/changelog.Debian.gz", into / "exim-changelog.txt")


def _write_plotting(unpacked: Path, into: Path) -> None:
    """Write manuals of Gnuplot and Octave, which are PDFs; the longest has more than a thousand pages."""
    for name in ("gnuplot/gnuplot.pdf", "octave/octave.pdf", "octave/liboctave.pdf", "octave/refcard-a4.pdf"):
        shutil.copy(unpacked / "usr/share/doc" / name, into)


def _write_editor(unpacked: Path, into: Path) -> None:
    """Write Vim's user manual, which is plain text in chapters with drawings and tables of keys."""
    for chapter in (unpacked / "usr/share/vim/vim90/doc").glob("usr_*.txt"):
        shutil.copy(chapter, into)


def _write_versions(unpacked: Path, into: Path) -> None:
    """Write Git's manual pages and guides, which are long HTML pages."""
    for page in (unpacked / "usr/share/doc/git/html").glob("*.html"):
        if page.is_file():
            shutil.copy(page, into)


def _write_referenz(unpacked: Path, into: Path) -> None:
    """Write the German Debian reference: twelve very long HTML pages with many tables."""
    for page in (unpacked / "usr/share/debian-reference").glob("*.de.html"):
        shutil.copy(page, into)


def _write_records(unpacked: Path, into: Path) -> None:
    """Write CSV files of airports, weather, stocks and work, without a word of explanation."""
    for table in (unpacked / "usr/lib/python3/dist-packages/vega_datasets/_data").glob("*.csv"):
        if "temps" not in table.name:  # a temperature for each hour of a year, twice
            shutil.copy(table, into)


def _write_algebra(unpacked: Path, into: Path) -> None:
    """Write manuals of PARI/GP, which are PDFs full of formulas."""
    for name in ("INSTALL", "tutorial", "users", "parallel", "develop", "refcard"):
        shutil.copy(unpacked / f"usr/share/pari/doc/{name}.pdf", into)


def _write_history(unpacked: Path, into: Path) -> None:
    """Write a short history of Debian in a few HTML pages: fewer passages than any other corpus has."""
    for page in (unpacked / "usr/share/doc/debian-history/docs").glob("*.en.html"):
        shutil.copy(page, into)


def _gunzip(zipped: Path, into: Path) -> None:
    into.write_bytes(gzip.decompress(zipped.read_bytes()))


WRITERS = {
    "legal": _write_legal,
    "pg": _write_manual,
    "pdf": _write_pdfs,
    "mailserver": _write_mail_server,
    "installieren": _write_german,
    "numbers": _write_numbers,
    "lexicon": _write_lexicon,
    "plotting": _write_plotting,
    "editor": _write_editor,
    "versions": _write_versions,
    "referenz": _write_referenz,
    "records": _write_records,
    "algebra": _write_algebra,
    "history": _write_history,
}
DEV_CORPORA = ("pytopics", "legal", "pg", "pdf")
UNSEEN_CORPORA = ("mailserver", "installieren", "numbers", "lexicon", "plotting")
FITTED_CORPORA = ("editor", "versions", "referenz", "records", "algebra", "history", *SMALL_CORPORA)
NAMES = (*DEV_CORPORA, *UNSEEN_CORPORA)
"""What `make eval` asks. The corpora of FITTED serve only the fit of the gate."""
