# `make demo` and `make test` are each the only command needed on a machine that has
# Python 3.11 or newer with pip, git and make. `make help` lists the rest.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; \
	done)
VENV := .venv
BIN := $(VENV)/bin
# The environment is made without a pip of its own and filled by the machine's, which spares the
# Debian package python3-venv.
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --no-input
RUNTIME := $(VENV)/.runtime
TESTING := $(VENV)/.testing
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# Tests wait for browsers, servers and clocks half of their time: one more than there are cores.
WORKERS := $(shell echo $$(( $(CORES) + 1 )))

.PHONY: help demo test check format bench pictures badges conformance rows migration wheel lock clean
.DEFAULT_GOAL := help

help: ## say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(RUNTIME) ## the tool and a practice LMS with the five programs; prints the address to open
	@$(BIN)/cairn demo $(DEMO)

test: $(TESTING) ## the whole suite, with a real browser and PostgreSQL
	@$(BIN)/python -m tools.prepare
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --durations 15 --outcomes build/outcomes.json $(TESTS)

check: $(TESTING) ## format, lint, strict types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(TESTING) ## write the code as `make check` wants it, as far as a machine can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(TESTING) ## launches and badges beside other tools; pages as a program grows
	@$(BIN)/python -m benchmarks.launch $(BENCH)
	@$(BIN)/python -m benchmarks.overview $(PAGES)
	@$(BIN)/python -m benchmarks.badges $(BADGES)

pictures: $(TESTING) ## the README's pictures, taken from the running pages
	@$(BIN)/python -m tools.prepare
	@$(BIN)/python -m tools.pictures

badges: $(TESTING) ## build/badges.png: every badge of the five programs in three sizes, to be looked at
	@$(BIN)/python -m tools.contact_sheet

conformance: $(TESTING) ## docs/conformance.md, from the cases, their tests and what became of them
	@$(BIN)/python -m tools.prepare
	@$(BIN)/python -m tools.conformance

rows: $(TESTING) ## the requirement rows that tests carry
	@$(BIN)/python -m tools.rows

migration: $(TESTING) ## the next migration, from the rows' modules: make migration WORDS="Add a column"
	@$(BIN)/python -m tools.migration "$(WORDS)"

wheel: $(TESTING) ## dist/cairn_lti-….whl
	@$(BIN)/python -m hatchling build --target wheel

lock: $(TESTING) ## choose versions anew and write the lock files
	@$(BIN)/python -m tools.lock

clean: ## throw the environment and everything made away (not var/ and keys/)
	rm -rf $(VENV) node_modules dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found. Debian: apt-get install python3 python3-pip"; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || { echo "$(PYTHON) has no pip. Debian: apt-get install python3-pip"; exit 1; }
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --without-pip $(VENV)

$(RUNTIME): requirements.lock pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "installing requirements.lock"
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(TESTING): requirements-test.lock pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "installing requirements-test.lock"
	@$(PIP) --require-hashes --requirement requirements-test.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@ $(RUNTIME)
