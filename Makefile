# Every target with a ## line is shown by `make help`, under the last ##@ heading above it.
.DEFAULT_GOAL := help
.PHONY: help build test test-keycloak demo demo-down generate fmt check bench clean proxy

CONFIGURATION ?= Release
DOTNET_FLAGS := --nologo -v quiet -clp:NoSummary
export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1

##@ Use

demo: ## Bring up a real control plane, run the operator on it and show what it makes (first run: about 5 minutes)
	@hack/demo.sh up

demo-down: ## Stop the demo and leave nothing running
	@hack/demo.sh down

##@ Build and test

build: ## Build everything
	dotnet build McpOperator.sln -c $(CONFIGURATION) $(DOTNET_FLAGS)

test: ## Run all tests, those against a real API server included
	@hack/test.sh $(TESTS)

test-keycloak: ## Run the Keycloak suite against a real Keycloak: KEYCLOAK_URL, or one in a container
	@hack/test-keycloak.sh

proxy: ## Build mcp-proxy ahead of time into one static file for any image
	@hack/native.sh

bench: ## Measure convergence, memory and latency on a real API server (ARGS="--help" lists the options)
	dotnet run --project test/McpOperator.Benchmarks -c Release -- $(ARGS)

##@ Before a commit

check: ## Everything a reviewer would ask for: format, analyzers, generated files, scripts
	@hack/check.sh

fmt: ## Format the code
	dotnet format whitespace . --folder --exclude artifacts

generate: ## Write the generated files anew: CRDs, reference page, roles, chart
	dotnet run --project crds/McpOperator.CrdGen -c $(CONFIGURATION) -v quiet -- .
	dotnet run --project charts/McpOperator.ChartGen -c $(CONFIGURATION) -v quiet -- .

clean: ## Remove what was built here (not the cluster binaries in ~/.cache/mcp-operator)
	rm -rf artifacts
	find . -type d \( -name bin -o -name obj \) -not -path './.git/*' -prune -exec rm -rf {} +

##@ Help

help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
