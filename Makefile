# `make help` lists what there is to ask for.
ROOT := .
include mk/flags.mk
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += --jobs=$(shell nproc) 
endif

PROGRAMS := monolithic rest lib/mongo datasets/generate datasets/import
DATA ?= datasets/data.json
STAGE ?= 1
# Other data gets a store of its own, and so does each stage.
STORE ?= sqlite:var/$(if $(filter datasets/data.json,$(DATA)),reddit,data$(subst /,_,$(abspath $(DATA))))$(if $(filter rest,$(STAGE)),-rest).db
PORT ?= 5000
PYTHON ?= /usr/bin/python3
SUB = $(MAKE) $(if $(V),,-s) --no-print-directory -C

SECONDS_EACH ?= 30
.PHONY: all lib app differential $(PROGRAMS) tests/probe tests/differ bench/bare run test unit e2e lint format bench fuzz help deps-build clean
all: $(PROGRAMS)

lib: deps-build
	+@$(SUB) lib
app: lib
	+@$(SUB) app
$(PROGRAMS) tests/probe tests/differ bench/bare: app
	+@$(SUB) $@ LIBS_READY=1

# Packages are looked at only when a goal's stamp is older than the script.
deps-build: $(ROOT)/build/.deps-build
$(ROOT)/build/.deps-%: mk/deps.sh
	@mkdir -p $(@D)
	@mk/deps.sh $*
	@touch $@

run: all ## install, build, load the posts, serve on http://localhost:5000 (STAGE=1|rest PORT= DATA= STORE=)
	@mk/run.sh "$(BIN)" "$(STORE)" "$(DATA)" "$(PORT)" "$(STAGE)"

test: ## unit, e2e and lint (CI adds sanitizers and fuzzing: .ci/run)
	+@$(SUB) . unit
	+@$(SUB) . e2e
	+@$(SUB) . lint

# -- unit tests: tests/test_X.c beside X.c, one program each ---------------------------------------
UNIT := $(patsubst %.c,$(OUT)/%,$(wildcard lib/tests/test_*.c app/tests/test_*.c \
	datasets/*/tests/test_*.c rest/tests/test_*.c lib/mongo/tests/test_*.c))
# Threads are those of lib and app; the contract on MongoDB uses one at a time, and is long.
UNIT := $(if $(filter thread,$(SANITIZE)),$(filter-out %/test_store_mongo $(OUT)/rest/% $(OUT)/datasets/%,$(UNIT)),$(UNIT))
T ?=
unit: $(ROOT)/build/.deps-test all $(if $(T),$(filter %/$(T),$(UNIT)),$(UNIT)) ## unit tests (T=test_json: one)
	@mk/unit.sh $(if $(T),$(filter %/$(T),$(UNIT)),$(UNIT))

$(OUT)/lib/tests/%: lib/tests/%.c $(LIBDECANT) | $(ROOT)/build/.deps-test
	@mkdir -p $(@D)
	$(call say,test,$@)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIBDECANT) -lcmocka $(LIBS)
$(OUT)/app/tests/%: app/tests/%.c $(LIBAPP) $(LIBDECANT) | $(ROOT)/build/.deps-test
	@mkdir -p $(@D)
	$(call say,test,$@)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIBAPP) $(LIBDECANT) -lcmocka $(LIBS)
# Tests of a program's own modules link its objects, all but main.
.SECONDEXPANSION:
$(OUT)/datasets/%: datasets/%.c $(LIBAPP) $(LIBDECANT) $$(wildcard datasets/$$(dir $$(*D))*.c) | $(PROGRAMS) $(ROOT)/build/.deps-test
	@mkdir -p $(@D)
	$(call say,test,$@)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< \
	  $(patsubst %.c,$(OUT)/%.o,$(filter-out %/main.c,$(wildcard datasets/$(dir $(*D))*.c))) \
	  $(LIBAPP) $(LIBDECANT) -lcmocka $(LIBS)
$(OUT)/rest/tests/%: rest/tests/%.c $(LIBDECANT) $(wildcard rest/*.c) | $(PROGRAMS) $(ROOT)/build/.deps-test
	@mkdir -p $(@D)
	$(call say,test,$@)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< \
	  $(patsubst %.c,$(OUT)/%.o,$(filter-out rest/main.c,$(wildcard rest/*.c))) $(LIBDECANT) -lcmocka $(LIBS)
$(OUT)/lib/mongo/tests/%: lib/mongo/tests/%.c $(LIBDECANT) $(wildcard lib/mongo/*.c) | $(PROGRAMS) $(ROOT)/build/.deps-test
	@mkdir -p $(@D)
	$(call say,test,$@)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< \
	  $(OUT)/lib/mongo/libmongo.a $(LIBDECANT) -lcmocka $(MONGO_LIBS) $(LIBS)
$(LIBDECANT): lib ;
$(LIBAPP): app ;
-include $(UNIT:=.d)

# -- across processes -------------------------------------------------------------------------------
K ?=
e2e: $(ROOT)/build/.deps-test all tests/probe tests/differ ## end-to-end tests over real processes and a browser (K=word: some)
	@BIN="$(BIN)" $(PYTHON) -m pytest -q -n $$((2 * $(shell nproc))) --dist loadfile tests $(if $(K),-k "$(K)")

SEEDS ?= 100
FROM ?= 1
OPERATIONS ?= 250
differential: $(ROOT)/build/.deps-test all tests/differ ## random programs on both stores and a model (SEEDS=100 FROM=1 OPERATIONS=250)
	@cd tests && BIN="$(BIN)" ./mongo.sh run $(PYTHON) -m differential --seeds=$(SEEDS) --from=$(FROM) --operations=$(OPERATIONS)

lint: $(ROOT)/build/.deps-test $(ROOT)/build/.deps-lint ## format, header, static and shell checks
	@mk/lint.sh

format: ## reformat every C file
	@git ls-files '*.c' '*.h' | xargs clang-format -i

bench: $(ROOT)/build/.deps-bench all bench/bare ## measure beside peers, in the same run
	@BIN="$(BIN)" bench/run
	@BIN="$(BIN)" bench/rest.py

fuzz: $(ROOT)/build/.deps-lint ## short runs of every fuzz target (SECONDS_EACH=30)
	@mk/fuzz.sh "$(SECONDS_EACH)"

clean: ## remove what was built (data in var/ stays)
	@rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile
