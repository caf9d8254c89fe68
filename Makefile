# The commands of the house. Everything that they need and the machine lacks is installed by scripts/install.
.PHONY: run test proof bench fmt lint install clean-data

run:            ## build, and serve the embedded default with two demo applications to sign in to
	@scripts/run

test:           ## every suite at small scale, against real servers started and stopped by the tests
	@scripts/test

proof:          ## the full scale: crash rounds, races, long walks; writes its figures to target/proof
	@scripts/proof

bench:          ## each path beside its bare limit, in one run
	@scripts/bench

fmt:
	cargo fmt --all

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
