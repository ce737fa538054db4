"""Which reader reads a file: the one of its suffix, unless its content is plainly of another kind."""

from pathlib import PurePosixPath

from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.inflating import COMPRESSED_SUFFIXES
from outlast.tools.documents.mail_sniffing import is_in_maildir, recognize_mail
from outlast.tools.documents.sniffing import recognize, web_page_reason

GZIP_SUFFIX = ".gz"

UNOPENED_SUFFIXES = frozenset(
    """
    .jpg .jpeg .png .gif .bmp .tif .tiff .webp .heic .heif .ico .psd .ai .eps .raw .cr2 .nef .dng .xcf .jp2 .djvu
    .mp3 .wav .flac .ogg .oga .opus .m4a .aac .wma .mid .midi .mp4 .m4v .avi .mov .mkv .webm .wmv .flv .mpg .mpeg
    .3gp .tar .tgz .tbz .tbz2 .txz .zst .lz .lzma .7z .rar .cab .iso .img .dmg .deb .rpm .apk .jar .war .whl
    .egg .zip .exe .dll .so .dylib .o .a .obj .lib .class .pyc .pyo .pyd .wasm .bin .com .sys .msi .ttf .otf .woff
    .woff2 .eot .db .sqlite .sqlite3 .mdb .accdb .frm .ibd .npy .npz .pkl .pickle .joblib .h5 .hdf5 .parquet
    .feather .arrow .avro .pt .pth .onnx .safetensors .gguf .tflite .pb .mat .rds .rda .sav .dta .gpg .pgp .p12
    .pfx .der .swp .mo .gmo .msf
    """.split()
)
"""Kinds that have no text, or none that can be read: a folder may hold ten thousand photographs."""
PACKED_KINDS = frozenset(
    """
    .odt .ods .odp .docx .xlsx .pptx .epub .pages .numbers .key .msg .pst .mobi .azw .azw3 .pdf .rtf .vsd .one
    """.split()
)
"""Kinds that are never plain text. Where no reader is there for one, it is not read as text."""
BINARY_KINDS = frozenset(
    """
    .pdf .docx .xlsx .pptx .odt .ods .odp .epub .zip .doc .xls .ppt .msg .tnef .gz
    """.split()
)
"""What `recognize` tells by marks with which no text begins: it is what the content is, whatever the name says."""
OLE_KINDS = frozenset({".doc", ".xls", ".ppt", ".msg"})
"""One of them may lie in another one, so these are not told apart against their names."""
EXCHANGED_SUFFIXES = frozenset({".csv", ".tsv", ".xml", ".json", ".jsonl", ".doc", ".xls", ".ppt", ".rtf"})
"""Kinds in whose place programs save a web page on purpose, or a server sends one: it is read as a page."""
CODE_SUFFIXES = frozenset(
    """
    .py .pyi .pyx .c .h .cc .cpp .cxx .hh .hpp .hxx .m .mm .cs .java .kt .kts .scala .groovy .go .rs .zig .swift
    .d .dart .js .mjs .cjs .jsx .ts .tsx .vue .svelte .css .scss .sass .less .php .rb .pl .pm .t .lua .tcl .r .jl
    .sh .bash .zsh .fish .ps1 .bat .cmd .awk .sed .sql .hs .lhs .ml .mli .fs .fsx .ex .exs .erl .hrl .clj .cljs
    .lisp .el .scm .rkt .f .for .f90 .f95 .pas .adb .ads .vb .vbs .asm .s .v .vhd .sv .cu .cl .glsl .proto .thrift
    .graphql .tf .nix .cmake .mk .make .gradle .bzl .dockerfile .env .properties .conf .cnf .desktop .service
    .plist .lock .diff .patch .po .pot .sgml .y .l .in .am .ac .m4 .spec .rules
    """.split()
)
"""Programs, settings and the like: a line that stands alone in them is no title."""
CODE_NAMES = frozenset(
    """
    makefile gnumakefile dockerfile containerfile vagrantfile jenkinsfile rakefile gemfile procfile justfile
    cmakelists build workspace configure
    """.split()
)


def reason_unopened(name: str, known: frozenset[str]) -> str:
    """Return why a file is not read, if its name alone says so; else "". `known` suffixes have a reader."""
    suffix, compressed = suffix_of(name)
    if is_in_maildir(name):
        return ""
    is_unopened = suffix in UNOPENED_SUFFIXES or (suffix in COMPRESSED_SUFFIXES and compressed)
    return not_read_reason(name) if is_unopened and suffix not in known else ""


def suffix_of(name: str) -> tuple[str, str]:
    """Return the suffix in lower case, without a `.gz` or the like behind it, and that one; "" if there is none."""
    path = PurePosixPath(name)
    last = path.suffix.lower()
    compressed = last if last in COMPRESSED_SUFFIXES else ""
    return (PurePosixPath(path.stem) if compressed else path).suffix.lower(), compressed


def not_read_reason(name: str) -> str:
    kind = "".join(suffix_of(name))
    return f"files of this kind{f' ({kind})' if kind else ''} are not read yet"


def kind_of(name: str, content: bytes, known: frozenset[str], ours: frozenset[str]) -> str:
    """Return the suffix whose reader reads the unpacked content; "" for text of a kind that no reader is for.

    `known` are the suffixes that have a reader, and `ours` those of them that have one of ours. Raises Unreadable if no
    reader reads what the content is, or if a web page was saved in place of the document.
    """
    suffix, _ = suffix_of(name)
    kind = recognize_mail(name, suffix, content, known) or _plain_kind(suffix, recognize(content), known, ours)
    if kind and kind not in known:
        raise Unreadable(
            not_read_reason(name)
            if kind == suffix
            else f"it is a {kind} file by its content, and these are not read yet"
        )
    return kind


def _plain_kind(suffix: str, found: str, known: frozenset[str], ours: frozenset[str]) -> str:
    if found == ".html":
        return _kind_of_web_page(suffix, known)
    if found in BINARY_KINDS and (suffix in ours or suffix not in known):
        is_inside = {suffix, found} <= OLE_KINDS or (found == ".zip" and suffix in known | PACKED_KINDS)
        return suffix if is_inside else found
    if found == ".rtf" and (found in known or suffix not in known):
        return found
    if suffix in known | PACKED_KINDS:
        return suffix
    return found if found in known else ""


def _kind_of_web_page(suffix: str, known: frozenset[str]) -> str:
    if suffix in PACKED_KINDS:
        raise Unreadable(web_page_reason(suffix[1:].upper()))
    return suffix if suffix in known - EXCHANGED_SUFFIXES else ".html"


def is_code(name: str) -> bool:
    """Return whether a file is a program or a setting by its name."""
    path = PurePosixPath(name.lower())
    path = PurePosixPath(path.stem) if path.suffix in COMPRESSED_SUFFIXES else path
    return path.suffix in CODE_SUFFIXES or path.name.partition(".")[0] in CODE_NAMES
