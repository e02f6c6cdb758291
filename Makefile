# Two doors: `make run` shows a day on the line, `make test` proves the code. PYTHON picks the interpreter (3.11 or newer).
PYTHON ?= python3
VENV ?= .venv
PEERS ?= .venv-peers
BIN := $(VENV)/bin
OUT ?= out/day
SERVE ?= 1
SEED ?= 1

.PHONY: run test check bench peers setup lock clean

setup: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "found Python %d.%d; needed 3.11 or newer; set PYTHON=python3.11" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: setup
	$(BIN)/trucewatch day --fresh --out $(OUT) --seed $(SEED) $(if $(filter 0,$(SERVE)),,--serve)

test: setup
	$(BIN)/pytest

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest tests/test_architecture.py tests/test_docs.py

# Without the peers their figures are left out.
bench: setup
	-@$(MAKE) --no-print-directory peers || echo "peers: not installed; the table says so where one is missing"
	TRUCEWATCH_PEERS=$(PEERS) $(BIN)/python -m bench

# Peers that cannot share the main environment get one of their own.
peers: $(PEERS)/.installed

$(PEERS)/.installed: requirements-peers.lock
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r requirements-peers.lock
	@touch $@

# Writes the locks anew; needs `uv` (pip install uv).
lock:
	uv pip compile --universal --python-version 3.11 requirements-peers.in --generate-hashes --no-emit-index-url --no-header -q -o requirements-peers.lock
	uv pip compile --universal --python-version 3.11 --group dev pyproject.toml --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock

clean:
	rm -rf out .pytest_cache .mypy_cache .ruff_cache
	find src -name __pycache__ -exec rm -rf {} +
