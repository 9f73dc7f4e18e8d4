# All commands to use and develop Mathmill. `make help` lists them.
# Node 24 comes with the lock file, so any Node from 18 on and npm are enough to begin with.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The Node that npm installed goes first; where there is none for this platform, the one on the PATH is used.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# Steps of one target that install into the same folder are not for two concurrent jobs of make.
.NOTPARALLEL:

PRODUCTION := node_modules/.installed-production
DEVELOPMENT := node_modules/.installed-development
# The web page as browsers get it.
WEB_PAGE := web/dist/index.html
WEB_PACKAGES := web/node_modules/.installed

##@ Use

.PHONY: help
help: ## List what there is
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo

.PHONY: start
start: $(PRODUCTION) $(WEB_PAGE) ## Install what is needed and run Mathmill at http://127.0.0.1:8080
	@exec node bin/mathmill.mjs serve

.PHONY: install
install: $(DEVELOPMENT) $(WEB_PAGE) ## Install everything, for development too

##@ Run a cluster on this machine, without Docker (see docs/contributing/local-stack.md)

STACK_OPTIONS := $(if $(filter 0,$(OBSERVABILITY)),--no-observability) $(if $(filter 1,$(SECURE)),--secure)

.PHONY: stack-install
stack-install: $(DEVELOPMENT) ## Fetch and build what runs there, as the first start does; OBSERVABILITY=0 as below
	@node deploy/local-stack/main.ts install $(STACK_OPTIONS)

.PHONY: stack-start
stack-start: $(DEVELOPMENT) ## Start 3 brokers, a store, 3 + 3 applications, Prometheus and Jaeger; these two not with OBSERVABILITY=0; SECURE=1: with TLS and login
	@node deploy/local-stack/main.ts start $(STACK_OPTIONS)

.PHONY: stack-stop
stack-stop: $(DEVELOPMENT) ## Stop them; CLEAN=1 removes their data too
	@node deploy/local-stack/main.ts stop $(if $(CLEAN),--clean)

.PHONY: stack-status
stack-status: $(DEVELOPMENT) ## Show what runs; fails when something is down (OBSERVABILITY=0 if it was started so)
	@node deploy/local-stack/main.ts status $(STACK_OPTIONS)

##@ Docker

COMPOSE := docker compose

.PHONY: docker-build
docker-build: ## Build the image
	docker build --tag "$${MATHMILL_IMAGE:-mathmill:local}" .

.PHONY: docker-start
docker-start: docker-build ## Build and start the whole cluster in Docker, and wait until all of it is healthy
	$(COMPOSE) up --no-build --detach --wait --wait-timeout 300
	@deploy/docker/show-addresses.sh

.PHONY: docker-upgrade
docker-upgrade: docker-build ## Replace the applications by this version one at a time, as docs/upgrading.md says; BACK=1 in the reverse order
	@deploy/docker/upgrade.sh $(if $(BACK),back)

.PHONY: docker-start-observability
docker-start-observability: docker-build ## The same with Grafana, and dashboards of everything that is measured
	$(COMPOSE) --profile observability up --no-build --detach --wait --wait-timeout 300
	@deploy/docker/show-addresses.sh observability

.PHONY: docker-stop
docker-stop: ## Stop and remove the containers and networks; jobs and results stay in their volumes
	$(COMPOSE) --profile observability down --remove-orphans

.PHONY: docker-logs
docker-logs: ## Follow the logs, all of them or those of SERVICE=name
	@$(COMPOSE) logs --follow --tail 100 $(if $(SERVICE),"$$SERVICE")

.PHONY: docker-ps
docker-ps: ## List the containers and how they are
	@$(COMPOSE) ps --all

.PHONY: docker-clean
docker-clean: ## Remove everything that docker-start made: jobs and results too
	$(COMPOSE) --profile observability down --remove-orphans --volumes
	docker image rm --force "$${MATHMILL_IMAGE:-mathmill:local}"

.PHONY: docker-static-analysis
docker-static-analysis: $(DEVELOPMENT) ## Check the compose file, the Dockerfile and the shell scripts
	dclint --config deploy/docker/dclint.json --max-warnings 0 docker-compose.yml
	node --test test/deploy/compose.unit.test.ts
	@deploy/docker/lint.sh

##@ Kubernetes (see docs/kubernetes.md)

.PHONY: kubernetes-render
kubernetes-render: ## Show what the overlays and references for Kubernetes are made of (OUTPUT=folder writes one file for each)
	@deploy/kubernetes/render.sh $(if $(OUTPUT),"$$OUTPUT")

##@ API of a running Mathmill (API_URL, by default http://127.0.0.1:8080)

# Values given on the command line reach the script as they are: make expands nothing in them, and no shell reads them.
override API_URL := $(value API_URL)
override JOB_ID := $(value JOB_ID)
override OPERATION_ID := $(value OPERATION_ID)
override OUTPUT := $(value OUTPUT)
override PAGE := $(value PAGE)
override PAGE_SIZE := $(value PAGE_SIZE)
override SERVICE := $(value SERVICE)
export API_URL JOB_ID OPERATION_ID OUTPUT PAGE PAGE_SIZE SERVICE

.PHONY: api-create-job-with-single-operation
api-create-job-with-single-operation: ## Create a job of one operation
	printf '7 + 4 + 6 - 5 * 2\n' | scripts/api.sh create

.PHONY: api-create-job-with-multiple-operations
api-create-job-with-multiple-operations: ## Create a job of several operations
	printf '7 + 4 + 6 - 5 * 2\n0.1 + 0.2\nsqrt(2)\n2 ^ 3 ^ 2\n' | scripts/api.sh create

.PHONY: api-create-job-with-error-operation
api-create-job-with-error-operation: ## Create a job of which one operation fails
	printf '1 + 2\n1 / 0\n' | scripts/api.sh create

.PHONY: api-create-job-with-table
api-create-job-with-table: ## Create a job whose operations are the rows of a table
	printf 'item,price,qty\nbolt,0.10,3\nnut,1.25,7\n' | scripts/api.sh create-table 'total = price * qty'

.PHONY: api-check
api-check: ## Create jobs, wait for their results and compare every one (JOBS_MIN= jobs must be there already)
	@.github/scripts/check-api.sh

.PHONY: api-get-jobs
api-get-jobs: ## List jobs, newest first (PAGE=1, PAGE_SIZE=30)
	@scripts/api.sh list

.PHONY: api-get-job
api-get-job: ## Show a job (JOB_ID=)
	@scripts/api.sh get

.PHONY: api-get-job-operations
api-get-job-operations: ## List the operations of a job (JOB_ID=, PAGE=1, PAGE_SIZE=30)
	@scripts/api.sh operations

.PHONY: api-get-job-operation
api-get-job-operation: ## Show an operation of a job (JOB_ID=, OPERATION_ID=)
	@scripts/api.sh operation

.PHONY: api-delete-job
api-delete-job: ## Delete a job (JOB_ID=)
	@scripts/api.sh delete

##@ Check

.PHONY: test
test: $(DEVELOPMENT) $(WEB_PAGE) ## Install what is needed and run all tests
	node --import ./test/property-seed.ts --test --test-concurrency=2 --test-timeout=1500000 'test/**/*.test.ts'

.PHONY: test-unit
test-unit: $(DEVELOPMENT) $(WEB_PACKAGES) ## Run the tests that need nothing outside of the process
	node --import ./test/property-seed.ts --test --test-concurrency=2 'test/**/*.unit.test.ts'

# Tests of the page that are named .browser.test.ts are a part of `make test` where a browser is; those that measure are
# named .browser.ts and run alone.
.PHONY: test-web
test-web: $(DEVELOPMENT) $(WEB_PAGE) test-web-alone ## Run the tests of the page in Chromium and Firefox, and measure it there
	BROWSER_TESTS=required node --test --test-concurrency=1 'test/web/*.browser.test.ts'

.PHONY: test-web-alone
test-web-alone: $(DEVELOPMENT) $(WEB_PAGE) ## Of those, only what measures: 10,000,000 rows and the first paint
	BROWSER_TESTS=required node --test --test-concurrency=1 'test/web/*.browser.ts'

.PHONY: screenshots
screenshots: $(DEVELOPMENT) $(WEB_PAGE) ## Take the pictures of the README from the running page (Chromium)
	BROWSER_TESTS=required KEEP_SCREENSHOTS=1 node --test test/web/screenshots.browser.test.ts

.PHONY: test-crash
test-crash: $(DEVELOPMENT) ## Kill the server 50 times at random moments and check that nothing is lost
	CRASH_ROUNDS=50 node --test test/crash/crash.e2e.test.ts

.PHONY: test-abuse
test-abuse: $(DEVELOPMENT) ## Try to take all memory, connections and slots of a server within 512 MiB (Linux): about two minutes
	node --test test/abuse/server.abuse.ts

# A test that hangs must not hold up all others; a whole file is allowed twice the time of the longest, fault-injection under
# load. When all tests of a file are over its process ends, whatever timers a Kafka client has left after its brokers were killed.
TEST_DISTRIBUTED := node --import ./test/property-seed.ts --test --test-timeout=1500000 --test-force-exit

# Two files at a time, but for those that need the whole machine: requests that are counted, millions of rows, for which the
# stand-in of the store has no capacity left next to another cluster, and the two that break brokers: under the load of others,
# recovery takes longer than they allow.
.PHONY: test-distributed
test-distributed: $(DEVELOPMENT) $(WEB_PAGE) ## Run the tests that start real Kafka brokers and the MongoDB stand-in
	$(TEST_DISTRIBUTED) --test-concurrency=2 'test/!(deploy|telemetry)/**/!(three-brokers|fault-injection|managed-mongo|recovery|request-counts|tables|two-instances|upgrade).distributed.ts'
	$(TEST_DISTRIBUTED) --test-concurrency=1 'test/cluster/{request-counts,managed-mongo,tables}.distributed.ts' test/web/two-instances.distributed.ts
	$(TEST_DISTRIBUTED) --test-concurrency=1 test/bus/kafka/three-brokers.distributed.ts test/cluster/fault-injection.distributed.ts
	$(TEST_DISTRIBUTED) --test-concurrency=2 'test/{deploy,telemetry}/**/*.distributed.ts'

.PHONY: test-recovery
test-recovery: $(DEVELOPMENT) ## Of those, the cluster in trouble, alone on the machine: recovery within the times that are promised
	CLUSTER_TIME_FACTOR=1 $(TEST_DISTRIBUTED) test/cluster/fault-injection.distributed.ts

# These tests need most of the machine: next to others, the stand-in of the store does not respond in time.
.PHONY: test-disasters
test-disasters: $(DEVELOPMENT) ## Of those, alone on the machine: Kafka and the store lost as a whole, and an upgrade from the release before
	$(TEST_DISTRIBUTED) --test-concurrency=1 test/cluster/recovery.distributed.ts test/cluster/upgrade.distributed.ts

.PHONY: test-distributed-core
test-distributed-core: $(DEVELOPMENT) ## Of those, the conformance suites of both adapters and the main job: about four minutes
	$(TEST_DISTRIBUTED) --test-concurrency=1 'test/{bus/kafka,store/mongo}/conformance.distributed.ts' test/cluster/main-job.distributed.ts

.PHONY: test-docker
test-docker: $(DEVELOPMENT) ## Build the image and run the cluster in containers, in order and in trouble (needs a Docker engine)
	node --test --test-concurrency=1 'test/**/*.docker.ts'

.PHONY: test-proxies
test-proxies: $(DEVELOPMENT) $(WEB_PAGE) ## Run Mathmill behind real nginx and HAProxy processes, as docs/reverse-proxy.md configures them
	node --test --test-timeout=600000 --test-concurrency=1 'test/{proxies,web}/*.proxy.ts'

.PHONY: test-replica-set
test-replica-set: $(DEVELOPMENT) ## Run the tests of the store on a MongoDB replica set in containers
	@.github/replica-set/test.sh

.PHONY: test-terraform
test-terraform: $(DEVELOPMENT) ## Validate and test the Terraform module (BUILD_PROVIDER=1 builds its provider with Go, for where no registry of providers is)
	node scripts/static-analysis/main.ts terraform-test --strict $(if $(BUILD_PROVIDER),--build-provider)

.PHONY: test-clients
test-clients: $(DEVELOPMENT) ## Run the tests of the Python client and of generated clients (needs Python 3.9 or newer, Go, Java 17 and Maven)
	node --test --test-concurrency=1 'test/**/*.clients.ts'

.PHONY: test-package
test-package: $(DEVELOPMENT) $(WEB_PAGE) ## Build the package, install it into an empty folder and use it
	node scripts/check-package.ts

.PHONY: coverage
coverage: $(DEVELOPMENT) $(WEB_PAGE) ## Run the tests with coverage; fails below 90 % of lines in the core folders
	node scripts/check-coverage.ts

.PHONY: bench
bench: $(DEVELOPMENT) ## Measure everything, as ratios in one run (see docs/benchmarks.md)
	node bench/run.ts

.PHONY: bench-tables
bench-tables: $(DEVELOPMENT) ## Of that, a formula over a table of a million rows, compared with DuckDB, Polars, Miller and others (Python 3)
	node bench/tables.ts

.PHONY: bench-cluster
bench-cluster: $(DEVELOPMENT) ## Compare the cluster with a layout of one message per operation (needs Java, Maven, Go)
	node bench/cluster.ts

.PHONY: bench-peers
bench-peers: $(DEVELOPMENT) ## Install the systems that the benchmark compares with (PostgreSQL and Redis must be there)
	npm ci --prefix bench/peers --loglevel=error

.PHONY: static-analysis
static-analysis: static-analysis-source static-analysis-docker static-analysis-workflows static-analysis-terraform static-analysis-kubernetes ## Everything that can be checked without running it

.PHONY: static-analysis-source
static-analysis-source: $(DEVELOPMENT) $(WEB_PACKAGES) ## Types, lint, format, architecture, dead code, generated files
	tsc -p .
	tsc -p web
	tsc -p test/web
	oxlint --type-aware --deny-warnings
	prettier --check .
	depcruise --config .dependency-cruiser.cjs src web/src
	knip
	node scripts/write-docs.ts --check

# STRICT=1 makes it a failure that a tool is not there and cannot be fetched.
.PHONY: static-analysis-workflows
static-analysis-workflows: $(DEVELOPMENT) ## Check the GitHub workflows with actionlint and zizmor
	node scripts/static-analysis/main.ts workflows $(if $(STRICT),--strict)

.PHONY: static-analysis-terraform
static-analysis-terraform: $(DEVELOPMENT) ## Check the form of the Terraform files
	node scripts/static-analysis/main.ts terraform $(if $(STRICT),--strict)

.PHONY: static-analysis-kubernetes
static-analysis-kubernetes: $(DEVELOPMENT) ## Render the overlays for Kubernetes and check them by schemas and rules
	node scripts/static-analysis/main.ts kubernetes $(if $(STRICT),--strict)

.PHONY: static-analysis-docker
static-analysis-docker: $(DEVELOPMENT) ## docker-static-analysis, with hadolint, and the same for what CI alone starts
	node scripts/static-analysis/main.ts docker $(if $(STRICT),--strict)

.PHONY: audit
audit: $(DEVELOPMENT) $(WEB_PACKAGES) ## Query npm's registry for known vulnerabilities and check the signatures of what is installed
	npm audit --audit-level=moderate
	npm audit signatures
	npm audit --prefix web --audit-level=moderate
	npm audit signatures --prefix web
	npm audit --prefix bench/peers --audit-level=high

.PHONY: format
format: $(DEVELOPMENT) ## Format all files
	prettier --write --log-level warn .

.PHONY: page
page: $(WEB_PAGE) ## Build the web page

.PHONY: docs
docs: $(DEVELOPMENT) ## Write the generated pages and the OpenAPI document again
	node scripts/write-docs.ts

.PHONY: package
package: $(DEVELOPMENT) $(WEB_PAGE) ## Build what npm would publish
	rm -rf dist && tsc -p tsconfig.build.json && npm pack --loglevel=error

.PHONY: sbom
sbom: $(DEVELOPMENT) ## Write dist/sbom.spdx.json: what the package consists of when it runs
	mkdir -p dist && npm sbom --omit=dev --sbom-format=spdx > dist/sbom.spdx.json

.PHONY: release-prepare
release-prepare: $(DEVELOPMENT) ## Set VERSION in every file that states it, and give the changelog's Unreleased section that version and date
	node scripts/release.ts prepare "$(VERSION)"

.PHONY: release-notes
release-notes: $(DEVELOPMENT) ## Write dist/release-notes.md: what the changelog says of the version of package.json
	node scripts/release.ts notes

.PHONY: release-check
release-check: ## Fail unless TAG (by default GITHUB_REF_NAME) is the version of package.json and its commit is on the main branch
	@.github/scripts/check-release.sh

.PHONY: clean
clean: ## Remove what was installed and built
	rm -rf node_modules dist coverage web/node_modules web/dist

# The package manager's own marker would be newer than the lock file after any change by hand; these record the request.
$(PRODUCTION): package-lock.json package.json
	@if [ -e $(DEVELOPMENT) ] && [ $(DEVELOPMENT) -nt package-lock.json ]; then :; else npm ci --omit=dev --loglevel=error; fi
	@touch $@

$(DEVELOPMENT): package-lock.json package.json
	npm ci --loglevel=error
	@touch $@

$(WEB_PACKAGES): web/package-lock.json web/package.json web/.npmrc
	npm ci --prefix web --loglevel=error
	@touch $@

$(WEB_PAGE): $(WEB_PACKAGES) web/build.ts $(shell find web/src -type f 2>/dev/null)
	node web/build.ts
