"""Where traces come from, and giving back what was read of them."""

from __future__ import annotations

import io
import mmap
import os
import threading
from pathlib import Path

import pytest

from growwork.core.errors import UsageError
from growwork.store.trace.files import STDIN, TraceFile, open_trace


def test_a_file_is_mapped_and_keeps_the_name_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "a.trace"
    path.write_bytes(b"go 1.26 trace")
    file = open_trace(path)
    assert file.name == str(path)
    assert isinstance(file.data, mmap.mmap)
    assert bytes(file.data) == b"go 1.26 trace"


def test_an_empty_file_is_empty_data(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert open_trace(tmp_path / "empty").data == b""


def test_a_recordings_trace_is_found(tmp_path: Path) -> None:
    (tmp_path / "trace.out").write_bytes(b"go 1.26 trace")
    file = open_trace(tmp_path)
    assert (file.name, bytes(file.data)) == (str(tmp_path), b"go 1.26 trace")


def test_standard_input_is_copied_to_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a long trace through a pipe takes no more memory than one from a file."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xffgo")))
    file = open_trace(STDIN)
    assert isinstance(file.data, mmap.mmap)
    assert (file.name, bytes(file.data)) == ("<stdin>", b"\xffgo")


def test_nothing_on_standard_input_is_empty_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    assert open_trace(STDIN).data == b""


def test_a_named_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    """As in `growwork trace <(zcat shop.trace.gz)`; it has no size and cannot be mapped."""
    pipe, content = tmp_path / "pipe", bytes(range(256)) * 20_000
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    file = open_trace(pipe)
    writer.join(30)
    assert (file.name, bytes(file.data)) == (str(pipe), content)


def test_a_pipe_that_cannot_be_kept_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(UsageError, match=r"cannot keep /dev/null: No such file.*save the trace"):
        open_trace(Path("/dev/null"))


def test_what_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        open_trace(tmp_path / "none")
    with pytest.raises(UsageError, match="holds no recording"):
        open_trace(tmp_path)
    (tmp_path / "heap.pprof").touch()
    with pytest.raises(UsageError, match="has no execution trace"):
        open_trace(tmp_path)


def test_whole_pages_are_given_back_and_can_be_read_again(tmp_path: Path) -> None:
    path, page = tmp_path / "a.trace", mmap.PAGESIZE
    content = bytes(range(256)) * (4 * page // 256)
    path.write_bytes(content)
    file = open_trace(path)
    assert bytes(file.data) == content
    assert file.release(0, page - 1) == 0, "nothing but a part of a page"
    assert file.release(0, 2 * page + 5) == 2 * page
    assert file.release(2 * page, len(content)) == len(content)
    assert bytes(file.data) == content


def test_bytes_are_kept() -> None:
    assert TraceFile("<stdin>", b"x" * 100_000).release(0, 100_000) == 0
