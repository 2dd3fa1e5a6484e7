"""Record a live `/debug/pprof` endpoint.

The execution trace and the CPU profile are taken at the same time, so that the trace holds the
CPU samples too; heap profiles are taken before and after, the later one after a GC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from growwork.core.errors import GrowworkError, ToolError, UsageError
from growwork.core.units import format_bytes

__all__ = [
    "EndpointOptions",
    "EndpointResult",
    "check_endpoint",
    "endpoint_base",
    "record_endpoint",
    "shown_url",
]

_PPROF = "/debug/pprof"
_MAX_PROFILE_BYTES = 256 << 20
_SYMBOLS_PER_REQUEST = 1000
_STACK_PCS = re.compile(rb"^\d+: \d+ \[\d+: \d+\] @((?: 0x[0-9a-f]+)+)$", re.MULTILINE)
_SERVE = 'import _ "net/http/pprof" and serve http.DefaultServeMux'


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """What is asked of the endpoint."""

    url: str
    seconds: float
    trace_limit_bytes: int
    slack_s: float = 15  # beyond `seconds`, for an answer to come


@dataclass(frozen=True, slots=True)
class EndpointResult:
    """What could not be had: (file name, reason), and what is weak about the rest."""

    missing: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]


def endpoint_base(url: str) -> str:
    """The address below which the profiles lie, from whatever form the user gave.

    `host:6060`, `http://host:6060/` and `http://host:6060/debug/pprof/heap` are the same
    endpoint. Raises `UsageError` for anything that is no HTTP address.
    """
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"{url} is not an HTTP address", remedy="for example http://localhost:6060"
        )
    prefix, found, _ = parts.path.partition(_PPROF)
    path = (prefix if found else parts.path.rstrip("/")) + _PPROF
    return f"{parts.scheme}://{parts.netloc}{path}"


def shown_url(url: str) -> str:
    """The endpoint without user, password and query, for manifests and messages."""
    parts = urlsplit(endpoint_base(url))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def check_endpoint(url: str) -> None:
    """Raise `ToolError` when `url` cannot be reached or is no /debug/pprof endpoint."""
    with _client() as client:
        _Endpoint(client, endpoint_base(url), shown_url(url)).check()


def record_endpoint(folder: Path, options: EndpointOptions) -> EndpointResult:
    """Write the endpoint's profiles into `folder`.

    Raises `ToolError` when the endpoint cannot be reached or is no /debug/pprof; a single
    profile that it refuses is in the result instead.
    """
    with _client() as client:
        endpoint = _Endpoint(client, endpoint_base(options.url), shown_url(options.url))
        endpoint.check()
        missing: list[tuple[str, str]] = []
        warnings: list[str] = []
        endpoint.try_fetch("/heap", folder / "heap.before.pprof", missing)
        endpoint.try_fetch("/heap?debug=1", folder / "heap.before.debug1.txt", missing)
        _take_timed(endpoint, folder, options, missing, warnings)
        endpoint.try_fetch("/heap?gc=1", folder / "heap.pprof", missing)
        endpoint.try_fetch("/heap?debug=1", folder / "heap.debug1.txt", missing)
        _symbolise(endpoint, folder, missing)
    return EndpointResult(tuple(missing), tuple(warnings))


def _client() -> httpx.Client:
    return httpx.Client(follow_redirects=True, timeout=httpx.Timeout(10))


def _take_timed(
    endpoint: _Endpoint,
    folder: Path,
    options: EndpointOptions,
    missing: list[tuple[str, str]],
    warnings: list[str],
) -> None:
    query = f"?seconds={max(1, round(options.seconds))}"
    wait_s = options.seconds + options.slack_s
    wanted = {"trace.out": "/trace", "cpu.001.pprof": "/profile"}
    with ThreadPoolExecutor(len(wanted)) as pool:
        answers: dict[str, Future[bool]] = {
            name: pool.submit(
                endpoint.fetch,
                path + query,
                folder / name,
                wait_s=wait_s,
                limit=options.trace_limit_bytes or _MAX_PROFILE_BYTES,
            )
            for name, path in wanted.items()
        }
    for name, answer in answers.items():
        try:
            if not answer.result():
                limit = format_bytes(options.trace_limit_bytes or _MAX_PROFILE_BYTES)
                warnings.append(f"{name} was cut off at {limit}")
        except GrowworkError as error:
            missing.append((name, error.message))


def _symbolise(endpoint: _Endpoint, folder: Path, missing: list[tuple[str, str]]) -> None:
    text = folder / "heap.debug1.txt"
    if not text.exists():
        return
    counters = {
        pc for stack in _STACK_PCS.findall(text.read_bytes()) for pc in stack.decode().split()
    }
    pcs = sorted(counters)
    batches = [
        "+".join(pcs[start : start + _SYMBOLS_PER_REQUEST])
        for start in range(0, len(pcs), _SYMBOLS_PER_REQUEST)
    ]
    try:
        answers = [endpoint.post("/symbol", batch) for batch in batches]
    except GrowworkError as error:
        missing.append(("symbols.txt", error.message))
        return
    (folder / "symbols.txt").write_bytes(b"".join(answers))


@dataclass(frozen=True, slots=True)
class _Endpoint:
    client: httpx.Client
    base: str
    shown: str

    def check(self) -> None:
        """Fail clearly when there is no pprof endpoint."""
        with self._explained("/cmdline"):
            answer = self.client.get(f"{self.base}/cmdline")
        self._accept(answer, "/cmdline")

    def try_fetch(self, path: str, target: Path, missing: list[tuple[str, str]]) -> None:
        """Fetch a profile; a refusal is noted."""
        try:
            if not self.fetch(path, target, wait_s=60, limit=_MAX_PROFILE_BYTES):
                target.unlink(missing_ok=True)
                missing.append((target.name, f"larger than {format_bytes(_MAX_PROFILE_BYTES)}"))
        except GrowworkError as error:
            missing.append((target.name, error.message))

    def fetch(self, path: str, target: Path, *, wait_s: float, limit: int) -> bool:
        """Stream an answer into a file; false when it was cut off at `limit` bytes."""
        temporary = target.with_name(f"{target.name}.tmp")
        complete = True
        try:
            with (
                self._explained(path),
                self.client.stream("GET", self.base + path, timeout=wait_s) as answer,
            ):
                self._accept(answer, path)
                with temporary.open("wb") as file:
                    for chunk in answer.iter_bytes():
                        file.write(chunk)
                        if file.tell() > limit:
                            complete = False
                            break
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        return complete

    def post(self, path: str, body: str) -> bytes:
        """Post a request and return its answer."""
        with self._explained(path):
            answer = self.client.post(self.base + path, content=body.encode())
        self._accept(answer, path)
        return answer.content

    def _accept(self, answer: httpx.Response, path: str) -> None:
        where = self.shown + path
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise ToolError(f"{where}: not found (404)", remedy=f"in the program: {_SERVE}")
        if answer.status_code != httpx.codes.OK:
            said = answer.read().decode(errors="replace").strip().split("\n")[0][:200]
            raise ToolError(f"{where}: status {answer.status_code}: {said}")
        if answer.headers.get("content-type", "").startswith("text/html"):
            raise ToolError(
                f"{where} answers with a web page, not a profile",
                remedy=f"give the address of a Go /debug/pprof endpoint; in the program: {_SERVE}",
            )

    @contextmanager
    def _explained(self, path: str) -> Iterator[None]:
        where = self.shown + path
        try:
            yield
        except httpx.TimeoutException as error:
            raise ToolError(f"{where}: no answer in time") from error
        except httpx.ConnectError as error:
            raise ToolError(
                f"cannot reach {self.shown}: {error}",
                remedy="check that the program runs and that the address is the pprof listener's",
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ToolError(f"{where}: {type(error).__name__}: {error}") from error
