# Two commands do everything on a fresh machine: `make demo` and `make test`.
# Both first make .venv: a virtual environment with growwork built from this tree.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A Go toolchain from PyPI (extra `go`) lives in the virtual environment; a system one wins.
export PATH := $(PATH):$(CURDIR)/$(BIN)

RUST_SOURCES := $(shell find rust -name target -prune -o \( -name '*.rs' -o -name 'Cargo.*' \) -print)

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

$(VENV)/installed: pyproject.toml $(RUST_SOURCES)
	@command -v cargo >/dev/null || { echo "growwork: no Rust toolchain; install Rust 1.88 or newer (package rustc/cargo, or rustup)"; exit 3; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q 'pip>=25.1'
	$(BIN)/python -m pip install -q --group dev -e .
	command -v go >/dev/null || $(BIN)/python -m pip install -q -e '.[go]'
	touch $@

.PHONY: install
install: $(VENV)/installed ## Make .venv and build the native module

.PHONY: demo
demo: install ## Record, diagnose, fix and re-measure a real Go service
	rm -rf demo-out
	$(BIN)/growwork demo -o demo-out

.PHONY: test
test: install check ## Every check and every test but the slow ones
	cargo test -q --manifest-path rust/Cargo.toml
	$(BIN)/pytest -q -n 2 --dist loadfile -m 'not slow'

.PHONY: test-all
test-all: install check ## Also the slow tests, all toolchains, and the browser
	cargo test -q --manifest-path rust/Cargo.toml
	$(BIN)/pytest -n 2 --dist loadfile

.PHONY: check
check: install ## Format, lint, types, import contract, Go vet, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cargo fmt --manifest-path rust/Cargo.toml --check
	cargo clippy -q --manifest-path rust/Cargo.toml --all-targets -- -D warnings
	$(BIN)/python -m tests.check_gocode
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build -q --strict

.PHONY: format
format: install ## Rewrite the sources in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	cargo fmt --manifest-path rust/Cargo.toml
	gofmt -w src/growwork/gocode

.PHONY: bench
bench: install ## Measure against the peers; figures go to benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

.PHONY: wheel
wheel: install ## Build the wheel into dist/
	$(BIN)/python -m pip wheel -q --no-deps -w dist .

.PHONY: docs
docs: install ## Build the documentation into build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
