# Two commands do everything: `make demo` and `make test`. The rest is for those who change things.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := operating stunwire nat relay signaling peer hairpin
SOURCES := $(PACKAGES) tests tools

# pytest-xdist: workers as tests/conftest.py has it. Bytecode is written, or each would compile hypothesis anew.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n auto

.DEFAULT_GOAL := help
.PHONY: help demo up test check format lint types floors bench fuzz clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: $(VENV)/.ready ## two peers meet and connect, on real sockets and through simulated NATs
	@$(BIN)/hairpin demo

up: $(VENV)/.ready ## run the signaling server and the relay
	@$(BIN)/hairpin up

test: $(VENV)/.ready-for-tests ## set up what the tests need and run them all
	$(PYTEST)

check: format lint types floors test ## everything a change must pass

format: $(VENV)/.ready-for-tests
	$(BIN)/ruff format --check $(SOURCES)

lint: $(VENV)/.ready-for-tests
	$(BIN)/ruff check $(SOURCES)

types: $(VENV)/.ready-for-tests
	$(BIN)/mypy

floors: $(VENV)/.ready-for-tests
	$(BIN)/lint-imports

bench: $(VENV)/.ready-for-tests ## measure; nothing is asserted
	$(BIN)/python tests/bench/run.py

fuzz: $(VENV)/.ready-for-tests ## feed the STUN decoder and the relay with atheris, 205,000 inputs
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --editable '.[fuzz]'
	$(BIN)/python tests/fuzz/fuzz_stunwire.py -runs=200000
	$(BIN)/python tests/fuzz/fuzz_relay.py -runs=5000

clean: ## remove the virtual environment and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info build
	find $(SOURCES) -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.ready: pyproject.toml constraints.txt tools/setup-venv
	@tools/setup-venv "$(PYTHON)" $(VENV) .

$(VENV)/.ready-for-tests: $(VENV)/.ready tools/setup-tests tools/setup-node tests/node/package.json
	@tools/setup-tests $(VENV)
