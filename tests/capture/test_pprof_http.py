from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from growwork.capture.pprof_http import (
    EndpointOptions,
    endpoint_base,
    record_endpoint,
    shown_url,
)
from growwork.core.errors import ToolError, UsageError

HEAP = b"""heap profile: 1: 64 [2: 128] @ heap/131072
1: 64 [2: 128] @ 0x401000 0x402000
#\t0x401000\tmain.fill+0x10\t/src/main.go:9

0: 0 [1: 64] @ 0x403000
"""


@dataclass
class Stub:
    """A /debug/pprof endpoint with canned answers."""

    answers: dict[str, tuple[int, str, bytes]]
    asked: list[str] = field(default_factory=list)
    together: threading.Barrier = field(default_factory=lambda: threading.Barrier(2, timeout=10))

    @contextmanager
    def serve(self) -> Iterator[str]:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(self.path)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                self._answer(f"{self.path} {body}")

            def _answer(self, request: str) -> None:
                stub.asked.append(request)
                path = (
                    request.split("?", maxsplit=1)[0]
                    .split(" ", maxsplit=1)[0]
                    .removeprefix("/debug/pprof")
                )
                if path in ("/trace", "/profile") and stub.answers.get("/trace", (0,))[0] == 200:
                    stub.together.wait()  # breaks when the two are not asked for at once
                status, kind, content = stub.answers.get(path, (404, "text/plain", b"not here"))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def pprof(**changes: tuple[int, str, bytes]) -> Stub:
    answers = {
        "/cmdline": (200, "text/plain; charset=utf-8", b"./shop"),
        "/heap": (200, "application/octet-stream", HEAP),
        "/trace": (200, "application/octet-stream", b"go 1.26 trace\0\0\0"),
        "/profile": (200, "application/octet-stream", b"\x1f\x8bcpu"),
        "/symbol": (200, "text/plain", b"num_symbols: 1\n0x401000 main.fill\n"),
    }
    return Stub(answers | {f"/{name}": answer for name, answer in changes.items()})


def options(url: str, limit: int = 1 << 20) -> EndpointOptions:
    return EndpointOptions(url, seconds=1, trace_limit_bytes=limit, slack_s=5)


def test_everything_the_endpoint_has_is_kept(tmp_path: Path) -> None:
    stub = pprof()
    with stub.serve() as url:
        result = record_endpoint(tmp_path, options(url))
    assert result.missing == ()
    assert result.warnings == ()
    assert {path.name for path in tmp_path.iterdir()} == {
        "cpu.001.pprof",
        "heap.before.debug1.txt",
        "heap.before.pprof",
        "heap.debug1.txt",
        "heap.pprof",
        "symbols.txt",
        "trace.out",
    }
    assert (tmp_path / "trace.out").read_bytes() == b"go 1.26 trace\0\0\0"
    assert "/debug/pprof/trace?seconds=1" in stub.asked
    assert "/debug/pprof/symbol 0x401000+0x402000+0x403000" in stub.asked


def test_the_heap_is_asked_for_after_the_timed_profiles_too(tmp_path: Path) -> None:
    stub = pprof()
    with stub.serve() as url:
        record_endpoint(tmp_path, options(url))
    paths = [request.removeprefix("/debug/pprof").split(" ")[0] for request in stub.asked]
    assert paths[:3] == ["/cmdline", "/heap", "/heap?debug=1"]
    assert paths[5:8] == ["/heap?gc=1", "/heap?debug=1", "/symbol"]


def test_one_refused_profile_does_not_cost_the_others(tmp_path: Path) -> None:
    busy = (500, "text/plain", b"Could not enable CPU profiling: cpu profiling already in use\n")
    stub = pprof(profile=busy)
    with stub.serve() as url:
        result = record_endpoint(tmp_path, options(url))
    ((name, reason),) = result.missing
    assert name == "cpu.001.pprof"
    assert "already in use" in reason
    assert (tmp_path / "trace.out").exists()
    assert not list(tmp_path.glob("*.tmp"))


def test_a_trace_beyond_the_limit_is_cut_and_said_to_be(tmp_path: Path) -> None:
    stub = pprof(trace=(200, "application/octet-stream", b"x" * 500_000))
    with stub.serve() as url:
        result = record_endpoint(tmp_path, options(url, limit=1000))
    assert result.warnings == ("trace.out was cut off at 1000 B",)
    assert 1000 < (tmp_path / "trace.out").stat().st_size < 500_000


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((404, "text/plain", b""), r"/debug/pprof/cmdline: not found \(404\).*net/http/pprof"),
        ((200, "text/html; charset=utf-8", b"<html>"), "web page.*net/http/pprof"),
        ((403, "text/plain", b"who are you\n"), "status 403: who are you"),
    ],
)
def test_what_is_no_pprof_endpoint_is_a_clear_line(
    tmp_path: Path, answer: tuple[int, str, bytes], message: str
) -> None:
    with pprof(cmdline=answer).serve() as url, pytest.raises(ToolError, match=message):
        record_endpoint(tmp_path, options(url))
    assert not list(tmp_path.iterdir())


def test_an_unreachable_endpoint_is_a_clear_line(tmp_path: Path) -> None:
    with pprof().serve() as url:
        pass
    with pytest.raises(ToolError, match=r"cannot reach http://127\.0\.0\.1:.*check that"):
        record_endpoint(tmp_path, options(url))


@pytest.mark.parametrize(
    "url",
    [
        "localhost:6060",
        "http://localhost:6060",
        "http://localhost:6060/",
        "http://localhost:6060/debug/pprof/",
        "http://localhost:6060/debug/pprof/heap?debug=1",
    ],
)
def test_every_usual_form_names_the_same_endpoint(url: str) -> None:
    assert endpoint_base(url) == "http://localhost:6060/debug/pprof"


def test_a_path_in_front_is_kept_and_secrets_are_not_shown() -> None:
    url = "https://user:secret@host/shop/debug/pprof?token=secret"
    assert endpoint_base(url) == "https://user:secret@host/shop/debug/pprof"
    assert shown_url(url) == "https://host/shop/debug/pprof"


@pytest.mark.parametrize("url", ["ftp://host", "http://", "file:///tmp/heap"])
def test_what_is_no_http_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="not an HTTP address"):
        endpoint_base(url)
