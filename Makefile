# rvmctl. `make demo` is where to begin; `make help` lists the rest.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup build portable portable-all demo test soak lint bench docs clean release-check
export PATH := $(PATH):/usr/local/go/bin

BUILD = go build -trimpath -buildvcs=false -ldflags "$$(.ci/version)"
CAMERA = -tags "gocv gocv_specific_modules gocv_videoio"
LINT = bin/golangci-lint-v2.15.0
RELEASE = bin/goreleaser-v2.15.1

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## install what is missing, saying so first; nothing when all is there
	@.ci/setup

build: ## bin/rvmctl (needs a C compiler) and bin/rvmctl-camera (needs OpenCV too)
	$(BUILD) -o bin/rvmctl ./cmd/rvmctl
	$(BUILD) $(CAMERA) -o bin/rvmctl-camera ./cmd/rvmctl

portable: ## bin/rvmctl-portable: no C, no inference, for laptops
	CGO_ENABLED=0 $(BUILD) -o bin/rvmctl-portable ./cmd/rvmctl

portable-all: portable ## and see that it builds for other systems
	@for t in linux/arm64 darwin/arm64 windows/amd64; do echo "CGO_ENABLED=0 $$t"; \
	  CGO_ENABLED=0 GOOS=$${t%/*} GOARCH=$${t#*/} go build -o /dev/null ./cmd/rvmctl || exit 1; done

demo: setup build ## set up, build and run the main job against the built-in platform sandbox
	@bash docs/demo.sh

test: setup build portable-all ## set up, then run every test in every build
	go vet ./...
	go test -race -timeout 20m ./...
	go vet -tags crashpoints ./internal/outbox ./internal/delivery
	go test -tags crashpoints -run CrashPoints -timeout 10m ./internal/delivery
	go vet $(CAMERA) ./cmd/... ./internal/vision/source/...
	go test $(CAMERA) -timeout 10m ./internal/vision/source/...
	go test $(CAMERA) -timeout 10m -run 'Scripts/(camera_|stream_|detect_watch_video)' ./cmd/rvmctl
	CGO_ENABLED=0 go vet ./...

soak: setup build ## the tests of what must not be lost, in the sizes that are promised: kills, backlogs, large files
	RVMCTL_SOAK=1 go test -count=1 -timeout 120m ./internal/outbox ./internal/delivery ./internal/commands/upload
	RVMCTL_SOAK=1 go test -count=1 -timeout 10m -run ALargeFile -v ./internal/platform
	RVMCTL_SOAK=1 go test -count=1 -timeout 10m -run ManyShortProcesses -v ./cmd/rvmctl
	RVMCTL_SOAK=1 go test -count=1 -timeout 20m -run MemoryStaysFlat -v ./internal/vision
	RVMCTL_SOAK=1 go test -count=1 -timeout 20m -run Flat -v ./internal/vision/onnx

lint: $(LINT) ## run the linter, on the camera build's files too
	$(LINT) run ./...
	$(LINT) run --build-tags gocv,gocv_specific_modules,gocv_videoio ./cmd/... ./internal/vision/source/...

bench: setup build bin/peers/opencv bin/peers/node_modules ## measure what is promised, as ratios taken side by side in one run
	go test -run '^$$' -bench Start -timeout 30m ./internal
	go test $(CAMERA) -run '^$$' -bench Ratios -timeout 30m ./internal/vision
	go test -run '^$$' -bench Peers -timeout 30m ./internal/vision/onnx
	RVMCTL_SOAK=1 go test -count=1 -run ALargeFile -v ./internal/platform

docs: ## regenerate completions/, docs/commands/, docs/json.md and docs/exit-codes.md
	go test ./internal/commands -run Generated -update

clean: ## remove what was built; fetched tools and the library stay
	rm -rf dist coverage.out bin/demo bin/release bin/rvmctl bin/rvmctl-camera bin/rvmctl-portable

release-check: setup $(RELEASE) ## check .goreleaser.yaml and build this machine's part of a release
	$(RELEASE) check
	$(RELEASE) build --snapshot --clean --single-target

bin/peers/opencv: internal/vision/onnx/testdata/peer.cpp # what others made, for the table of `make bench`
	@mkdir -p bin/peers
	@$(CXX) -O2 $< -o $@ $$(pkg-config --cflags opencv4) -lopencv_core -lopencv_dnn || echo "bench: OpenCV's network module is left out"

bin/peers/node_modules: # once, 113 MB; no script of a package is run
	@mkdir -p bin/peers
	@npm install --prefix bin/peers --ignore-scripts --no-audit --no-fund --no-save "onnxruntime-node@$$(sed -n 's/^version=//p' .ci/onnxruntime)" \
	  || echo "bench: onnxruntime-node is left out"

bin/golangci-lint-%: # once, two minutes
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$* && mv bin/golangci-lint $@

bin/goreleaser-%: # once, three minutes
	GOBIN=$(CURDIR)/bin go install github.com/goreleaser/goreleaser/v2@$* && mv bin/goreleaser $@
