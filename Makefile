# The four commands of this project. Each works alone on a fresh Debian-like machine with a Rust toolchain.

CARGO ?= cargo

.PHONY: demo test lint bench help

help: ## shows this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: ## builds Daybreak and runs the demo night to its end
	./examples/night/run

test: ## everything that is tested, with all that it needs
	./tests/run

lint: ## format, clippy without warnings, licences and advisories
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	./tests/deny

bench: ## measures against this machine's limits, writes target/bench.json
	$(CARGO) build --release --locked -p daybreak-cli -p daybreak-bench
	./target/release/bench
