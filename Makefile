# Licznik: `make` lists the targets. Everything runs in .venv, which is made when it is needed.

BIN := .venv/bin
STAMP := .venv/.stamp

.DEFAULT_GOAL := help

# The same text encoding and sort order everywhere. The database refuses to start when the
# environment names a locale that is not installed; C.UTF-8 always is on Linux.
ifeq ($(shell uname -s),Linux)
export LC_ALL := C.UTF-8
endif

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([.a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-16s%s\n", $$1, $$2}'

.PHONY: setup
setup: $(STAMP) ## Create .venv and install everything in it

.PHONY: .venv
.venv: $(STAMP)

$(STAMP): pyproject.toml requirements.lock tools/setup.sh
	@bash tools/setup.sh
	@touch $@

.PHONY: demo
demo: $(STAMP) ## Run the demonstration
	$(BIN)/licznik demo

.PHONY: bench
bench: $(STAMP) ## Measure the engine beside the limits of this machine (some minutes)
	$(BIN)/licznik bench

.PHONY: test
test: $(STAMP) ## Run the tests
	$(BIN)/pytest -q -n auto --maxprocesses 4 --dist worksteal

.PHONY: check
check: $(STAMP) ## Check format, style, types and the layers of the packages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: chaos
chaos: $(STAMP) ## Kill the service, consumers and the database under load, with ten seeds
	$(BIN)/python -m tests.chaos.run $(SEEDS)

.PHONY: format
format: $(STAMP) ## Format the code and repair what ruff can repair
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

# The lock names no package index and no path, so that it is the same wherever it is made. It
# holds the hashes of the wheels for all systems.
PIP_COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile pyproject.toml \
	--output-file requirements.lock --extra dev --all-build-deps --generate-hashes \
	--allow-unsafe --strip-extras --no-emit-options --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host --quiet

# Not the stamp: after a new dependency the set-up stops until the lock has been renewed.
$(BIN)/pip-compile:
	@bash tools/setup.sh

.PHONY: lock
lock: $(BIN)/pip-compile ## Renew requirements.lock after a change of pyproject.toml
	@$(PIP_COMPILE)

.PHONY: upgrade
upgrade: $(BIN)/pip-compile ## Renew requirements.lock with the newest versions that pyproject.toml allows
	@$(PIP_COMPILE) --upgrade

.PHONY: clean
clean: ## Remove .venv and everything that was generated
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
