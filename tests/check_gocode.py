"""Hold the shipped Go modules to gofmt and go vet: `python -m tests.check_gocode`.

The probe is built as a package of the standard library, so it is vetted the way it is built:
through an overlay. Exits 1 when a module is not clean, 3 without a Go toolchain.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from growwork.capture.toolchain import find_toolchain, overlayable_goroot
from growwork.gosource.toolchain import Toolchain, run_go

from growwork.core.errors import GrowworkError
from growwork.gocode import module_dir

MODULES = ("sitefacts", "storefront")
FORMATTED = (*MODULES, "probe")


def unformatted(go_dir: Path) -> list[Path]:
    """Files that gofmt would change."""
    gofmt = shutil.which("gofmt", path=f"{go_dir}") or shutil.which("gofmt")
    if gofmt is None:  # the PyPI distribution of Go ships `go` only
        print("gofmt is not on this machine: formatting was not checked", file=sys.stderr)
        return []
    files = [str(file) for name in FORMATTED for file in sorted(module_dir(name).rglob("*.go"))]
    listed = subprocess.run([gofmt, "-l", *files], capture_output=True, text=True, check=True)
    return [Path(line) for line in listed.stdout.splitlines()]


def vet_probe(toolchain: Toolchain) -> None:
    """Vet the collector where it is built: as `growwork/probe` below GOROOT/src."""
    goroot = overlayable_goroot(toolchain)
    with tempfile.TemporaryDirectory() as folder:
        package = goroot / "src" / "growwork" / "probe"
        replace = {str(package / file.name): str(file) for file in module_dir("probe").glob("*.go")}
        overlay = Path(folder, "overlay.json")
        overlay.write_text(json.dumps({"Replace": replace}), encoding="utf-8")
        Path(folder, "go.mod").write_text("module vet\n\ngo 1.21\n", encoding="utf-8")
        Path(folder, "vet.go").write_text(
            'package vet\n\nimport _ "growwork/probe"\n', encoding="utf-8"
        )
        run_go(
            toolchain,
            ["vet", f"-overlay={overlay}", "growwork/probe"],
            cwd=Path(folder),
            env={"GOROOT": str(goroot), "GOFLAGS": "-mod=mod"},
        )


def main() -> int:
    """Check every module; print what is wrong."""
    try:
        toolchain = find_toolchain(Path.cwd())
        problems = [f"{file}: not gofmt-clean" for file in unformatted(toolchain.go.parent)]
        for name in MODULES:
            run_go(toolchain, ["vet", "./..."], cwd=module_dir(name))
        vet_probe(toolchain)
    except GrowworkError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
