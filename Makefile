# `make help` lists what there is. Everything lives in .venv; nothing is installed elsewhere,
# but for the servers that `make test` needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-emit-index-url --no-annotate pyproject.toml
PACKAGES := broadcaster subscriptions templates workers tests
CHECKS := check-lint check-format check-types check-imports

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install install-dev servers demo demo-reset test check $(CHECKS) bench docs lock

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: $(VENV)/.installed ## make .venv with the locked packages and the command .venv/bin/loa

install-dev: $(VENV)/.installed $(VENV)/.installed-dev ## install, and what tests and checks need

demo: install ## run the whole product with invented people; Ctrl-C ends it
	@$(BIN)/loa demo

demo-reset: install ## forget what was done in the demo and start it over
	@$(BIN)/loa demo --reset

test: install-dev servers ## run every test, on real servers and in a real browser
	$(BIN)/pytest -n 3 --dist worksteal

check: $(CHECKS) ## style, types and import contracts, as pre-commit runs them

check-lint: install-dev
	$(BIN)/ruff check .

check-format: install-dev
	$(BIN)/ruff format --check .

check-types: install-dev
	$(BIN)/mypy $(PACKAGES)

check-imports: install-dev
	$(BIN)/lint-imports

bench: install-dev servers ## measure, and write docs/benchmarks.md
	$(BIN)/python -m tests.benchmarks

docs: install ## write the pages of docs/reference that are read off the code
	$(BIN)/python -m docs.generate

lock: install-dev ## write both lock files anew; UPGRADE=--upgrade takes newer versions
	$(LOCK) $(UPGRADE) -o requirements.lock
	$(LOCK) $(UPGRADE) --extra dev -c requirements.lock -o requirements-dev.lock

servers:
	@.ci/install-servers

$(VENV)/.created:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here." \
		"Loa Phường needs Python 3.11 or newer: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
		"Loa Phường needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1)." \
		"With another one: make install PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo \
		"$(PYTHON) cannot make virtual environments here. Install the module that can:" \
		"apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.locked: requirements.lock $(VENV)/.created
	$(PIP) install --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.locked
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.locked
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
