# podlab: everything that is done to the repository is a target here.

BIN     := bin
PODLAB  := $(BIN)/podlab
LINTER  := $(BIN)/golangci-lint
VERSION := $(shell git --no-optional-locks describe --tags --always --dirty 2>/dev/null)

# The race detector needs a C compiler and a C library, podlab does not.
RACE := $(shell echo '\#include <stdlib.h>' | gcc -E - >/dev/null 2>&1 && echo -race)

# Engines and clusters are no inputs that go knows of: no result is kept.
TEST_UNIT = go test -count=1 $(RACE) -timeout 20m $$(go list ./... | grep -v /test/)
TEST_E2E  = go test -count=1 -v -timeout 70m ./test/...

.PHONY: help
help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z0-9%-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: assets ## bin/podlab, with everything in it that it needs
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X podlab/internal/version.revision=$(VERSION)" -o $(PODLAB) ./cmd/podlab

.PHONY: assets
assets:
	go run ./internal/assets/pack

lab-%: build ## lab-2: from a bare machine to a graded report (any lab of podlab list)
	$(PODLAB) run $@

.PHONY: labs
labs: $(notdir $(wildcard labs/lab-*)) ## all labs, one after another

# The tests beside the code use an engine, images and a cluster where there are
# some, and say what they skip where not; here there are.
TEST_CLUSTER := podlab-test

.PHONY: test
test: lint build ## all that CI runs: lint, then the tests, none skipped for want of a cluster
	$(TEST_E2E)
	$(PODLAB) up --name $(TEST_CLUSTER)
	code=0; PODLAB_TEST_CLUSTER=$(TEST_CLUSTER) $(TEST_UNIT) || code=$$?; \
	$(PODLAB) down --name $(TEST_CLUSTER); exit $$code

.PHONY: test-unit
test-unit: assets ## the tests beside the code
	$(TEST_UNIT)

.PHONY: test-e2e
test-e2e: build ## the tests on real kind clusters; starts an engine where there is none
	$(TEST_E2E)

.PHONY: lint
lint: $(LINTER) assets ## golangci-lint, as .golangci.yml says
	$(LINTER) run ./...
	GOOS=darwin CGO_ENABLED=0 go build -o /dev/null ./cmd/podlab

.PHONY: fmt
fmt: $(LINTER) ## format the code as lint wants it
	$(LINTER) fmt ./...

.PHONY: bench
bench: build ## measure what the README promises
	go test -run '^$$' -bench . -timeout 30m ./bench/...
	go run ./bench/pause
	bench/compare.sh

.PHONY: down
down: build ## remove podlab's cluster
	$(PODLAB) down

.PHONY: clean
clean: ## remove what make built; clusters, engine and images stay
	rm -rf $(BIN) internal/assets/gen/*.gz internal/assets/gen/*.zip

$(LINTER): tools/go.mod tools/go.sum
	cd tools && go build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@
