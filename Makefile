# Two commands: `make demo` and `make test`. Each does all of its own set-up.

# Selecting basalt-pins gives every dependency the same features in every build (see pins/).
CARGO_DEMO = cargo build --locked -p basalt-api -p basalt-pins
WEB_SOURCES = $(shell find api/web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/e2e/*' 2>/dev/null)
BASALT = target/debug/basalt

.PHONY: demo test bench soak build web setup setup-test lint audit unit web-test e2e notebooks demo-check ledger clean

demo: build
	$(BASALT) demo $(ARGS)

build: setup web
	$(CARGO_DEMO)

setup:
	@tools/setup run

setup-test:
	@tools/setup test

web: setup api/web/dist/index.html

api/web/dist/index.html: $(WEB_SOURCES)
	tools/node npm install --no-save --no-audit --no-fund --silent
	tools/node npm run --silent build
	@touch $@

test: setup-test web lint audit unit web-test demo-check e2e notebooks ledger
	@echo "all checks passed"

lint:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings

audit:
	@tools/audit

unit:
	cargo nextest run --locked --workspace --profile $(if $(CI),ci,default)
	cargo test --locked --workspace --doc --quiet

web-test:
	tools/node npm run --silent check
	tools/node npm test --silent

demo-check: build
	@tools/demo-check

e2e: build
	BASALT_BIN=$(CURDIR)/$(BASALT) tools/node npm run --silent drift
	@tools/e2e

notebooks: build
	@tools/notebooks

ledger:
	@tools/ledger --check

bench: setup-test
	cargo build --locked --release -p basalt-benches
	target/release/basalt-bench

# The change capture under load and faults: make soak MINUTES=30
soak: setup-test
	$(CARGO_DEMO)
	.cache/python/bin/python tools/soak $(or $(MINUTES),5) $(SEED)

clean:
	rm -rf target .cache api/web/dist api/web/node_modules
