# make help lists what there is. Needed beforehand: Python 3.11 or newer, make, git.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
ONLY ?=
VERSIONS ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help book pdf chapters test serve lint lock release matrix binder lab mutants audit bench \
	design-space clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

book: $(READY) ## build the book as HTML and say where it is
	@$(PY) -m tools.book build

pdf: $(READY) ## print the whole book as one PDF (needs Chromium)
	@$(PY) -m tools.pdf

chapters: $(READY) ## execute the chapters that changed (ONLY="model units" for some, FORCE=1 for all)
	@$(PY) -m tools.chapters $(if $(FORCE),--force) $(ONLY)

test: $(READY) lint ## everything that must hold: style, types, unit tests, notebooks, the built book
	@CIF_CHECK_DATA=1 $(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile --cov=cifcore --cov-report=term --nbval --nbval-current-env \
		--nbval-sanitize-with tests/nbval_sanitize.cfg tests book

serve: book ## show the book on http://127.0.0.1:8000 (PORT=8000)
	@$(PY) -m tools.book serve --port $(PORT)

lint: $(READY) ## style and types
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --check --quiet . || { echo 'not formatted: $(PY) -m ruff format .'; exit 1; }
	@$(PY) -m mypy --no-error-summary
	@$(PY) -m tools.chapters --check

lock: $(READY) ## write requirements.txt anew from pyproject.toml
	@$(PY) -m tools.lock --upgrade

release: $(READY) ## package, pages, PDF, ledger and checksums of the last commit, in dist (needs Chromium)
	@$(PY) -m tools.release

matrix: $(READY) ## test with the oldest and newest packages (ONLY="3.11 3.13" VERSIONS=oldest for some)
	@$(PY) -m tools.matrix $(if $(ONLY),--python $(ONLY)) $(if $(VERSIONS),--versions $(VERSIONS))

binder: $(READY) ## build without Docker what Binder builds, and execute every notebook there
	@$(PY) -m tools.binder

lab: $(READY) ## run every chapter in JupyterLab (needs Chromium)
	@$(PY) -m tools.lab

mutants: $(READY) ## break the physics on purpose and see whether its tests notice (ONLY="chain motion")
	@$(PY) -m tools.mutants $(ONLY)

audit: $(READY) ## ask the registries for known weaknesses of what is locked (ONLY=python or npm)
	@$(PY) -m tools.audit $(ONLY)

bench: ## speed side by side with other packages, written to book/data/performance.json
	@$(PYTHON) -m benchmarks.environment
	@_build/bench/bin/python -m benchmarks $(ONLY)

design-space: $(READY) ## the maps and the million devices of the chapter "Design space"
	@$(PY) -m benchmarks.design_space

clean: ## remove what was built, and the environment
	rm -rf _build dist $(VENV) node_modules book/_static/vendor .mypy_cache .ruff_cache .pytest_cache .coverage

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'Python 3.11 or newer is needed; set PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -m tools.environment
