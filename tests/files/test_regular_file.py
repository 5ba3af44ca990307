from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from designer.files import regular_file
from designer.files.regular_file import FileRefused, printable_path, read_regular_file


def test_contents_come_back_whole(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(range(256)))
    assert read_regular_file(tmp_path / "file", limit=256) == bytes(range(256))
    assert read_regular_file(str(tmp_path / "file"), limit=1000) == bytes(range(256))


def test_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"contents")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert read_regular_file(tmp_path / "link", limit=100) == b"contents"


def test_one_byte_too_many_is_refused_with_the_sizes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 3_000_001)
    with pytest.raises(FileRefused, match=r"file: the file has 3 MB; at most 2 MB are read"):
        read_regular_file(tmp_path / "file", limit=2_000_000)
    assert len(read_regular_file(tmp_path / "file", limit=3_000_001)) == 3_000_001


def test_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"x" * 11)
    small = os.stat_result((*(tmp_path / "file").stat()[:6], 5, 0, 0, 0))
    monkeypatch.setattr(os, "fstat", lambda _descriptor: small)
    with pytest.raises(FileRefused, match="at most"):
        read_regular_file(tmp_path / "file", limit=10)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def local_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "no such file"),
        (Path.mkdir, "is a folder"),
        (pipe, "is a named pipe"),
        (local_socket, "is a socket"),
        (lambda path: path.symlink_to("/dev/zero"), "is a device"),
        (lambda path: path.write_bytes(b""), "the file is empty"),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links|no such file"),
    ],
)
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, make: Callable[[Path], object], reason: str) -> None:
    path = tmp_path / "x"
    make(path)
    # In a thread, so that a read that waits for ever fails the test instead of stopping it.
    with ThreadPoolExecutor(1) as pool, pytest.raises(FileRefused, match=rf"x: ({reason})"):
        pool.submit(read_regular_file, path, limit=100).result(timeout=10)


def test_pipe_that_takes_the_place_of_a_file_is_still_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    pipe(tmp_path / "pipe")
    regular = (tmp_path / "file").stat()
    monkeypatch.setattr(regular_file.Path, "stat", lambda _path: regular)  # as it was a moment ago
    with ThreadPoolExecutor(1) as pool, pytest.raises(FileRefused, match="is a named pipe"):
        pool.submit(read_regular_file, tmp_path / "pipe", limit=100).result(timeout=10)


def test_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> int:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "file").write_bytes(b"x")
    monkeypatch.setattr(os, "open", refuse)  # root is refused nothing
    with pytest.raises(FileRefused, match="file: no permission to read it"):
        read_regular_file(tmp_path / "file", limit=100)


@pytest.mark.parametrize("name", ["nul\0byte", "l" * 5000])
def test_impossible_name_is_refused_on_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileRefused) as caught:
        read_regular_file(tmp_path / name, limit=100)
    assert str(caught.value).isprintable()


def test_path_is_printed_on_one_line_whatever_its_bytes() -> None:
    assert printable_path("plain/ü.png") == "plain/ü.png"
    assert (
        printable_path(Path("two\nlines\x1b[31m")) == "two\N{REPLACEMENT CHARACTER}lines\N{REPLACEMENT CHARACTER}[31m"
    )
    assert printable_path(os.fsdecode(b"latin-\xe9")) == "latin-\N{REPLACEMENT CHARACTER}"


LITTLE_MEMORY = """
import resource, sys
from designer.files.regular_file import FileRefused, read_regular_file
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 100_000_000,) * 2)
try:
    print(len(read_regular_file(sys.argv[1], limit=2 * 2**30)))
except FileRefused as refused:
    print(refused)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks Linux how much address space is taken")
@pytest.mark.parametrize(("size", "says"), [(30_000_000, "30000000"), (1_500_000_000, "not enough memory to read it")])
def test_no_more_memory_is_asked_for_than_the_file_needs(tmp_path: Path, size: int, says: str) -> None:
    path = tmp_path / "file"
    with path.open("wb") as stream:
        stream.truncate(size)
    ended = subprocess.run(
        [sys.executable, "-c", LITTLE_MEMORY, str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert says in ended.stdout, ended.stderr
    assert ended.stderr == ""


def test_file_that_says_nothing_of_its_size_is_read_whole() -> None:
    path = Path("/proc/self/maps")
    if not path.exists() or path.stat().st_size:
        pytest.skip("this system has no such file")
    assert read_regular_file(path, limit=10_000_000).count(b"\n") > 10
