# make demo and make test are the two commands a newcomer needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
PORT   ?= 8000

.PHONY: setup demo test check bench lighthouse pictures soak mutants frontend client lock clean

setup: $(VENV)/.installed frontend/node_modules/.installed frontend

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed (PYTHON=... names another)" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "The module venv is missing (Debian: apt install python3-venv)"; exit 1; }
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

frontend/node_modules/.installed: frontend/package-lock.json | $(VENV)/.installed
	cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

frontend: frontend/build/.built

frontend/build/.built: frontend/node_modules/.installed $(shell find frontend/src frontend/static frontend/messages -type f 2>/dev/null) $(wildcard frontend/*.ts frontend/*.json)
	cd frontend && npm run --silent build
	@touch $@

demo: setup
	@exec $(BIN)/market demo --port $(PORT)

check: setup
	$(BIN)/ruff format --check market tests seeds
	$(BIN)/ruff check market tests seeds
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd frontend && npm run --silent check && npm run --silent lint

test: setup check
	cd frontend && npm run --silent test
	$(BIN)/pytest -n 2 --dist loadgroup

# The browser's tests once more, with a picture of every page in screenshots/ for people to look at.
pictures: setup
	MARKET_PICTURES=1 $(BIN)/pytest -n 2 --dist loadgroup tests/browser

# The long versions of two tests of the suite: 100,000 steps of the money life, 5,000 webhooks in chaos.
soak: setup
	MONEY_STEPS=100000 CHAOS_EVENTS=5000 $(BIN)/pytest -q tests/checkout/test_money_life.py tests/checkout/test_webhook_chaos.py

# Breaks the files that decide about money, line by line, and counts how many of it the tests notice (a quarter of an hour).
MUTATION := .venv-tools/mutmut
mutants: setup
	$(BIN)/uv pip install --quiet --no-deps --target $(MUTATION) -r tests/mutants.txt
	rm -rf mutants
	PYTHONPATH=$(CURDIR)/$(MUTATION):$(CURDIR) $(BIN)/python -m mutmut run
	$(BIN)/python -m tests.mutants

bench: setup
	$(BIN)/python -m tests.bench

# Lighthouse comes through npx at a pinned version when asked for: a hundred packages that neither build nor tests need.
lighthouse: setup
	$(BIN)/python -m tests.bench.lighthouse

# Writes the contract and the generated client anew; a test fails when they are stale.
client: $(VENV)/.installed frontend/node_modules/.installed
	$(BIN)/market openapi > frontend/openapi.json
	cd frontend && npm run --silent api

lock: pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --group dev --generate-hashes --no-header \
	  -o requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) frontend/node_modules frontend/build frontend/.svelte-kit
