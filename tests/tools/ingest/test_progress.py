from datetime import timedelta

from outlast.tools.ingest.progress import IngestProgress


def after(seconds: float, **changed: int) -> IngestProgress:
    counts = {"files_done": 412, "files": 1_300, "bytes_done": 8_000_000, "bytes": 20_000_000} | changed
    return IngestProgress(**counts, elapsed=timedelta(seconds=seconds))


def test_rates():
    progress = after(2)
    assert progress.mb_per_second == 4
    assert progress.remaining == timedelta(seconds=3)
    assert str(progress) == "412 of 1,300 files, 8.0 of 20.0 MB, 4.0 MB/s, 3 s left"
    assert str(after(100)).endswith("0.1 MB/s, 2 min 30 s left")


def test_nothing_is_said_about_what_cannot_be_told_yet():
    assert str(after(0.1)) == "412 of 1,300 files, 8.0 of 20.0 MB"
    assert after(10, bytes_done=0).remaining is None
    assert str(after(10, bytes_done=0, bytes=0)) == "412 of 1,300 files"
