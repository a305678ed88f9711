# Keyhall's commands. `make test` and `make run` do all of their own set-up on a fresh Debian 12 with Go.

# The same flags everywhere: they are part of the build cache's key, and a cold gotk3 takes five minutes.
export CGO_CFLAGS := -O2 -g -Wno-deprecated-declarations
export GOFLAGS := -mod=readonly

BIN := bin
STATICCHECK := go tool staticcheck

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## start the whole hall on this machine; Ctrl-C stops it
	@$(BIN)/keyhall-sandbox run

.PHONY: reset
reset: build ## throw away what `make run` keeps in .run
	@$(BIN)/keyhall-sandbox reset

.PHONY: test
test: packages check build ## all tests, the checks first
	@unshare --mount true 2>/dev/null || echo "note: this user may make no namespaces: what needs openCryptoki, keys that lock and a CA in such a token, is not tested"
	go test -p 2 -timeout 25m ./...

.PHONY: check
check: packages vendor ## gofmt, vet, staticcheck, imports, sizes, names, .ui files, translations, colours, documents, scripts
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "not gofmt'ed: $$unformatted"; exit 1; }
	go vet ./...
	$(STATICCHECK) ./...
	go run ./packaging/check

.PHONY: build
build: packages vendor ## all programs into bin/
	go build -o $(BIN)/keyhall-kiosk ./kiosk
	CGO_ENABLED=0 go build -o $(BIN)/keyhall-backoffice ./backoffice
	go build -o $(BIN)/keyhall-backoffice-pkcs11 ./backoffice
	go build -o $(BIN)/keyhall-pinyin ./kiosk/pinyin/engine
	go build -o $(BIN)/keyhall-sandbox ./packaging/sandbox
	gcc -shared -fPIC -O1 -Wall -Wextra -Werror -I "$$(go list -m -f '{{.Dir}}' github.com/miekg/pkcs11)" -o $(BIN)/keyhall-locking.so packaging/sandbox/locking/lock.c -ldl

.PHONY: vendor
vendor: packages
	@cd backoffice/console && { test -f static/vendor/htmx.min.js && test static/vendor/htmx.min.js -nt package-lock.json || npm ci --no-audit --no-fund; }

.PHONY: packages
packages: ## install the Debian packages that are missing
	@packaging/install.sh

.PHONY: race
race: packages vendor ## tests with the race detector, all but GTK
	go test -race -p 2 -timeout 30m $$(go list ./... | grep -vE '/kiosk$$|/kiosk/screen|/packaging/')

.PHONY: fuzz
fuzz: packages vendor ## every fuzz target for ten seconds
	@packaging/fuzz.sh 10s

.PHONY: screenshots
screenshots: build ## every screen and console page, both orientations and languages, into screenshots/
	@$(BIN)/keyhall-sandbox screenshots --out screenshots

.PHONY: bench
bench: build ## ratios and percentiles in one table
	@$(BIN)/keyhall-sandbox bench

.PHONY: soak
soak: build ## make keys again and again while the kiosk is killed
	@$(BIN)/keyhall-sandbox soak

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BIN) screenshots backoffice/console/static/vendor/*.js
