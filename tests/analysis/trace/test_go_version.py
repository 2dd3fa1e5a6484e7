from __future__ import annotations

import pytest

from growwork.analysis.trace.go_version import go_version_of
from tests.analysis.trace.scan_tables import stack_table


@pytest.mark.parametrize(
    ("number", "folder", "function", "expected"),
    [
        (26, "/usr/local/go/src", "runtime.mallocgc", "go1.26 or go1.27"),
        (22, "/usr/local/go/src", "runtime.mallocgc", "go1.22"),
        (23, "/usr/local/go/src", "runtime.mallocgc", "go1.23 or go1.24"),
        (23, "/usr/local/go/src", "internal/runtime/maps.(*table).grow", "go1.24"),
        (
            23,
            "/root/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.24.11.linux-amd64/src",
            "runtime.mallocgc",
            "go1.24.11",
        ),
        (25, "/opt/hostedtoolcache/go/1.25.0/x64/src", "runtime.mallocgc", "go1.25.0"),
        (26, "/home/me/sdk/go1.27rc1/src", "runtime.mallocgc", "go1.27rc1"),
        # A folder of another release than the header allows is no toolchain of this trace.
        (26, "/home/me/sdk/go1.22.4/src", "runtime.mallocgc", "go1.26 or go1.27"),
        (99, "/usr/local/go/src", "runtime.mallocgc", "go 1.99 trace"),
    ],
)
def test_the_version_is_as_narrow_as_the_trace_allows(
    number: int, folder: str, function: str, expected: str
) -> None:
    frames = [(function, f"{folder}/runtime/x.go", 1), ("main.main", "/go1.26.1/main.go", 2)]
    assert go_version_of(f"go 1.{number} trace", stack_table({1: frames})) == expected


def test_without_stacks_the_header_is_all_there_is() -> None:
    assert go_version_of("go 1.25 trace", stack_table({})) == "go1.25"
