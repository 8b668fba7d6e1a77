# `make demo` and `make test` are all that is needed; `make help` lists the rest.
PYTHON ?= python3
TARGET ?= local
RUN := .venv/bin/python

export PYTHONDONTWRITEBYTECODE := 1

ARGUMENTS := --target $(TARGET) \
	$(if $(STAGE),--stage $(STAGE)) $(if $(ENDPOINT),--endpoint $(ENDPOINT)) \
	$(if $(REGION),--region $(REGION)) $(if $(WITHOUT),--without $(WITHOUT)) \
	$(if $(ALLOWED_CIDR),--allowed-cidr $(ALLOWED_CIDR)) \
	$(if $(QUALIFIER),--qualifier $(QUALIFIER)) \
	$(if $(PERMISSIONS_BOUNDARY),--permissions-boundary $(PERMISSIONS_BOUNDARY)) \
	$(if $(EXPIRES),--expires $(EXPIRES))

.PHONY: help setup setup-dev demo test bench soak lint types doctor bootstrap deploy destroy lock clean

help: ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: setup ## Deploy, send every job down every path, compare, and leave nothing behind (TARGET, PACE)
	@$(RUN) -m deployment demo $(ARGUMENTS) $(if $(PACE),--pace $(PACE)) $(if $(KEEP),--keep)

test: setup-dev lint types ## Lint, types, unit tests, template checks, integration tests on the local target
	@$(RUN) -m pytest

doctor: setup ## Check what a target needs: each line is ok, or says what to do (TARGET)
	@$(RUN) -m deployment doctor $(ARGUMENTS)

bootstrap: setup ## Make what the CDK needs in an account and region, once (TARGET, REGION, QUALIFIER)
	@$(RUN) -m deployment bootstrap $(ARGUMENTS)

deploy: setup ## Deploy the stacks (TARGET, STAGE, ALLOWED_CIDR, WITHOUT)
	@$(RUN) -m deployment deploy $(ARGUMENTS)

destroy: setup ## Destroy the stacks and prove that nothing is left (TARGET, STAGE)
	@$(RUN) -m deployment destroy $(ARGUMENTS)

bench: setup ## Measure the emulator against MiniStack as shipped, as ratios
	@$(RUN) -m benchmarks

soak: setup ## Send many jobs over all paths, a tenth failing, and balance the books (JOBS)
	@$(RUN) -m soak $(if $(JOBS),--jobs $(JOBS))

lint: setup-dev
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

types: setup-dev
	@$(RUN) -m mypy

setup: ## Install what the demo needs (done by `make demo`)
	@$(PYTHON) deployment/install.py

setup-dev: ## Install what the tests need (done by `make test`)
	@$(PYTHON) deployment/install.py --dev

lock: setup-dev ## Write constraints.txt again from what is installed
	@(head -1 constraints.txt; $(RUN) -m pip freeze) > constraints.new && mv constraints.new constraints.txt

clean: ## Remove everything that was installed or made here
	rm -rf .venv .setup node_modules cdk.out report .mypy_cache .pytest_cache .ruff_cache .hypothesis
