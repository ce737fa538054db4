"""The independent extractors, not installed but unpacked: LibreOffice, Poppler, Pandoc and mblaze from Debian."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.eval.corpora import unpack

PACKAGES = (
    "libreoffice-writer-nogui",
    "libreoffice-calc-nogui",
    "libreoffice-impress-nogui",
    "poppler-utils",
    "pandoc",
    "mblaze",
)
PANDOC_FORMATS = {
    "html": "html",
    "docx": "docx",
    "odt": "odt",
    "epub": "epub",
    "md": "gfm",
    "rst": "rst",
    "csv": "csv",
}
"""Pandoc's reader of RTF is not used, because it takes every code page for windows-1252."""
OFFICE_KINDS = frozenset({"docx", "odt", "rtf", "pptx"})
"""LibreOffice prints them as a PDF, which has what a person sees: headers, notes, frames, the numbers of lists."""
EXTRACTOR_SECONDS = 300
MIN_WORDS = 10
"""Files with fewer words than that would make a hundred of little weight."""
MAIL_REMARK = re.compile(r"^ *--- .* ---$|\(.* ago\)$|^no filter or default handler$", re.MULTILINE)
"""What mblaze itself says of a part of a mail, and of how long ago it was sent."""
ALL_SHEETS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
"""CSV in UTF-8 of every sheet, with the values as they are shown."""


class Extractors:
    """Read files by the extractors in `folder`. What they found is kept there, since it never changes."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / "extractors"
        self._read = folder / "read"
        if not self._root.is_dir():
            fetch(self._root)
        self._read.mkdir(exist_ok=True)
        self._root = self._root.resolve()
        data = self._root / "usr/share/pandoc/data"
        self._pandoc = [str(self._root / "usr/bin/pandoc"), f"--data-dir={data}", "-t", "plain", "--wrap=none"]
        self._environment = os.environ | {
            "LD_LIBRARY_PATH": ":".join(map(str, _libraries(self._root))),
            "LC_ALL": "C.UTF-8",
            "MBLAZE": str(self._root / "etc/mblaze"),
        }
        self._profile = folder / "profile"
        if not self._profile.is_dir():  # making a new one takes longer than a conversion
            self._run([*self._office(self._profile), "--terminate_after_init"])

    def read(self, file: Path, kind: str) -> str | None:
        """Return the text of a file by all extractors of its kind; None if one fails, or hardly finds a word."""
        key = hashlib.sha256(kind.encode() + file.read_bytes()).hexdigest()
        known, failed = self._read / f"{key}.txt", self._read / f"{key}.failed"
        if failed.exists():
            return None
        if not known.exists():
            text = self._extract(file, kind)
            (failed if text is None else known).write_text(text or "", encoding="utf-8")
        text = known.read_text(encoding="utf-8") if known.exists() else ""
        return text if len(set(text.split())) >= MIN_WORDS else None

    def _extract(self, file: Path, kind: str) -> str | None:
        texts: list[str | None] = []
        if kind == "pdf":
            texts.append(self._print_pdf(file.read_bytes()))
        if kind in PANDOC_FORMATS:
            texts.append(self._run([*self._pandoc, "-f", PANDOC_FORMATS[kind], str(file)]))
        if kind in OFFICE_KINDS:
            texts += [self._print_pdf(printed) for printed in self.convert(file, "pdf")] or [None]
        if kind == "xlsx":
            texts += [sheet.decode("utf-8", errors="replace") for sheet in self.convert(file, ALL_SHEETS)] or [None]
        if kind == "eml":
            text = self._run([str(self._root / "usr/bin/mshow"), str(file)])
            texts.append(MAIL_REMARK.sub("", text) if text else None)
        return None if None in texts else "\n".join(filter(None, texts))

    def _print_pdf(self, content: bytes) -> str | None:
        return self._run([str(self._root / "usr/bin/pdftotext"), "-enc", "UTF-8", "-", "-"], content)

    def convert(self, file: Path, into: str) -> list[bytes]:
        """Return the files that LibreOffice makes of a file: one, or one for each sheet; none if it cannot."""
        with TemporaryDirectory() as name:
            folder = Path(name)
            shutil.copytree(self._profile, folder / "profile")  # several may run at once, but not with one profile
            copied = shutil.copy(file, folder / f"input{file.suffix}")
            written = folder / "written"
            self._run([*self._office(folder / "profile"), "--convert-to", into, "--outdir", str(written), str(copied)])
            return [each.read_bytes() for each in sorted(written.glob("*"))]

    def _office(self, profile: Path) -> list[str]:
        program = self._root / "usr/lib/libreoffice/program/soffice.bin"
        return [str(program), f"-env:UserInstallation={profile.resolve().as_uri()}", "--headless", "--norestore"]

    def _run(self, command: Sequence[str], content: bytes = b"") -> str | None:
        try:
            done = subprocess.run(
                command,
                env=self._environment,
                input=content,
                capture_output=True,
                check=False,
                timeout=EXTRACTOR_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return None
        return done.stdout.decode(errors="replace") if done.returncode == 0 else None


def fetch(root: Path) -> None:
    """Unpack the extractors, and the packages that they need and this machine does not have, into `root`."""
    print("fetching LibreOffice, Poppler, Pandoc and mblaze (120 MB) ...", flush=True)
    partial = root.with_name(f"{root.name}.part")
    partial.mkdir(parents=True, exist_ok=True)
    unpack(needed_packages(), partial)
    for package in partial.glob("*.deb"):
        package.unlink()
    _make_relocatable(partial.resolve(), root.resolve())
    partial.rename(root)


def needed_packages() -> list[str]:
    plan = subprocess.run(
        ["apt-get", "--simulate", "--no-install-recommends", "install", *PACKAGES],
        check=True,
        capture_output=True,
        text=True,
    )
    planned = re.findall(r"^Inst (\S+)", plan.stdout, re.MULTILINE)
    return sorted({*planned, *PACKAGES})


def _make_relocatable(partial: Path, root: Path) -> None:
    """Let LibreOffice find its parts in `root` rather than in the system's folders."""
    settings = partial / "usr/lib/libreoffice/program/fundamentalrc"
    text = settings.read_text("utf-8")
    text = text.replace("file:///etc/libreoffice/registry", f"{root.as_uri()}/usr/lib/libreoffice/share/.registry")
    settings.write_text(text.replace("file:///usr/lib/libreoffice", f"{root.as_uri()}/usr/lib/libreoffice"), "utf-8")
    for link in partial.rglob("*"):
        if link.is_symlink() and str(link.readlink()).startswith("/"):
            target = root / str(link.readlink()).lstrip("/")
            link.unlink()
            link.symlink_to(target)
    office_folders = ("var/lib/libreoffice/share/prereg/bundled", "var/spool/libreoffice/uno_packages/cache")
    for folder in (*office_folders, "etc/mblaze"):
        (partial / folder).mkdir(parents=True, exist_ok=True)
    pandoc = f"{root}/usr/bin/pandoc --data-dir={root}/usr/share/pandoc/data -f html -t plain --wrap=none"
    (partial / "etc/mblaze/filter").write_text(f"text/html: {pandoc}\n", "utf-8")


def _libraries(root: Path) -> list[Path]:
    own = [root / "usr/lib/libreoffice/program", *(root / "usr/lib").glob("*-linux-gnu")]
    return [*own, *(folder / part for folder in own[1:] for part in ("blas", "lapack"))]
