# Two doors: `make run` shows a day on the line, `make test` proves the code. PYTHON picks the interpreter (3.11 or newer).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
OUT ?= out/day
SERVE ?= 1
SEED ?= 1

.PHONY: run test check bench setup lock clean

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

bench: setup
	$(BIN)/python -m bench

# Writes requirements.lock anew; needs `uv` (pip install uv).
lock:
	uv pip compile --universal --python-version 3.11 --group dev pyproject.toml --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock

clean:
	rm -rf out .pytest_cache .mypy_cache .ruff_cache
