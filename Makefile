# Everything a newcomer needs: `make run` and `make test` work in a fresh clone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PORT ?= 6543

# axe-core, with which the browser tests look at every page; without npm they say that it is missing.
AXE := tests/browser/axe
AXE_INSTALLED := $(AXE)/node_modules/.package-lock.json

.PHONY: run test fault bench check format docs screenshots texts build lock migration clean
.DEFAULT_GOAL := run

# requirements.txt pins every package with its hash; setup.cfg says why each is there.
$(INSTALLED): requirements.txt setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(AXE_INSTALLED): $(AXE)/package-lock.json
	@if command -v npm >/dev/null; then npm ci --prefix $(AXE) --silent --no-audit --no-fund && touch $@; fi

## run: the app on http://localhost:$(PORT)/ and the sandbox on the next port
run: $(INSTALLED)
	@DEALPAY_PORT=$(PORT) $(BIN)/dealpay serve development.ini

## test: the whole suite, on SQLite and on PostgreSQL where one is reachable
test: $(INSTALLED) $(AXE_INSTALLED)
	$(BIN)/pytest -n 3 --dist worksteal $(ARGS)

## fault: processes killed at every step, bad answers to every call, databases gone (half an hour)
fault: $(INSTALLED)
	$(BIN)/pytest -n 2 --dist worksteal -m "long or not long" tests/fault $(ARGS)

## bench: what it holds, as a table (benchmarks/README.md); ONLY=links measures one of it
bench: $(INSTALLED)
	$(BIN)/python -m benchmarks $(ONLY)

## check: format, lint, types and layers
check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

## docs: the pages of docs/plugins that come from docstrings
docs: $(INSTALLED)
	$(BIN)/python -m docs.generate

## screenshots: the pictures of docs/guide and docs/screens, taken anew from the sandbox (needs Chromium)
screenshots: $(INSTALLED)
	$(BIN)/python -m docs.screenshots $(ONLY)

## texts: renew the catalogs in core/locale and plugins/*/locale from what the code says
texts: $(INSTALLED)
	$(BIN)/python -m core.locale.extraction

## build: the wheel and the source distribution, in dist/
build: $(INSTALLED)
	rm -rf build dist
	$(BIN)/python -m build --no-isolation

## lock: renew the pinned packages from setup.cfg, and those of them that production needs (needs uv)
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras setup.cfg
lock:
	$(LOCK) --extra dev -o requirements.txt
	$(LOCK) --constraint requirements.txt -o requirements-run.txt

clean:
	rm -rf $(VENV) build dist *.egg-info var $(AXE)/node_modules

## migration: draft a migration from the models: make migration M="add a column"
migration: $(INSTALLED)
	$(BIN)/python -m core.models "$(M)"
