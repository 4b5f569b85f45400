# podlab: every task of the repository is a target here.

BIN     := bin
PODLAB  := $(BIN)/podlab
LINTER  := $(BIN)/golangci-lint
VERSION := $(shell git --no-optional-locks describe --tags --always --dirty 2>/dev/null)

# The race detector needs a C compiler and a C library, podlab does not.
RACE := $(shell echo '\#include <stdlib.h>' | gcc -E - >/dev/null 2>&1 && echo -race)

# gate runs a part of the tests, prints its time, and with CI=true refuses
# unexpected skips. Engines and clusters are inputs that go does not know of, so
# it must not cache results.
GATE         := go run ./test/gate
TEST_CLUSTER := podlab-test
SLOW_TESTS   := ./internal/engine/... ./internal/image/... ./internal/cluster/... ./internal/kube/... ./internal/node/... ./internal/nodeprobe/... ./cmd/podlab-oci/... ./pause

.PHONY: help
help: ## Show this help
	@awk -F ':.*## ' '/^[a-z0-9%-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: assets ## Build bin/podlab with everything embedded
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X podlab/internal/version.revision=$(VERSION)" -o $(PODLAB) ./cmd/podlab

.PHONY: assets
assets:
	go run ./internal/assets/pack

lab-%: build ## Run a lab from a bare machine to a graded report (make lab-2)
	$(PODLAB) run $@

.PHONY: labs
labs: $(notdir $(wildcard labs/lab-*)) ## Run all labs one after another

.PHONY: test
test: lint test-unit test-e2e test-slow ## Run everything that CI runs, the fast parts first

.PHONY: test-unit
test-unit: assets ## Run the tests that need no engine
	$(GATE) unit -short -count=1 $(RACE) -timeout 20m ./...

.PHONY: test-e2e
test-e2e: build ## Run the end-to-end tests on real kind clusters; start an engine if needed
	$(GATE) e2e -count=1 -v -timeout 70m ./test/e2e

.PHONY: test-slow
test-slow: build ## Run the package tests that -short skips: they need an engine, a cluster or minutes
	$(PODLAB) up --name $(TEST_CLUSTER)
	code=0; PODLAB_TEST_CLUSTER=$(TEST_CLUSTER) $(GATE) slow -count=1 $(RACE) -timeout 30m $(SLOW_TESTS) || code=$$?; \
	$(PODLAB) down --name $(TEST_CLUSTER); exit $$code

.PHONY: lint
lint: $(LINTER) assets ## Run golangci-lint
	$(LINTER) run ./...
	GOOS=darwin CGO_ENABLED=0 go build -o /dev/null ./cmd/podlab

.PHONY: fmt
fmt: $(LINTER) ## Format the code
	$(LINTER) fmt ./...

.PHONY: bench
bench: build ## Measure speed and memory
	go test -run '^$$' -bench . -timeout 30m ./bench/...
	go run ./bench/pause
	bench/compare.sh

.PHONY: down
down: build ## Delete podlab's cluster
	$(PODLAB) down

.PHONY: clean
clean: ## Remove build results; keep clusters, engine and images
	rm -rf $(BIN) internal/assets/gen/*.gz internal/assets/gen/*.zip

$(LINTER): tools/go.mod tools/go.sum
	cd tools && go build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@
