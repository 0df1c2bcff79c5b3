# SPDX-License-Identifier: Apache-2.0
#
# mod_contactinfo: build, run, test. `make help` names the targets.

PORT     ?= 8080
RUN_DIR  ?= $(BUILD)/run
BUILD    ?= build
PREFIX   ?= /usr/local
DESTDIR  ?=
SANITIZE ?=
WERROR   ?= -Werror
CFLAGS   ?= -O2 -g
JOBS     ?= $(shell nproc)
FUZZ_SECONDS ?= 60
ifeq ($(origin CC),default)
CC := gcc
endif

# Targets that compile begin with the packages and the flags that these bring;
# the others work on a machine where nothing is installed yet.
GOALS := $(or $(MAKECMDGOALS),all)
ifneq ($(filter-out help packages stop clean,$(GOALS)),)
include $(BUILD)/flags.mk
endif

# --- what is built -----------------------------------------------------------

FLOORS   := base store model endpoint
SOURCES  := $(foreach f,$(FLOORS),$(wildcard mod_contactinfo/$(f)/*.c))
HTTPD_C  := $(wildcard mod_contactinfo/httpd/*.c)
CTL_C    := $(wildcard mod_contactinfo/ctl/*.c)
UNIT     := $(wildcard tests/unit/test_*.c)
HELPERS  := $(filter-out $(UNIT),$(wildcard tests/unit/*.c))
FUZZ     := $(wildcard tests/fuzz/fuzz_*.c)
REPLAY   := tests/fuzz/replay.c
DUMP     := tests/integration/objects.c
ATOMICS  := tests/integration/atomics.c
EMBED    := tests/examples/embed.c
ALL_C    := $(SOURCES) $(HTTPD_C) $(CTL_C) $(UNIT) $(HELPERS) $(FUZZ) \
	$(REPLAY) $(DUMP) $(ATOMICS) $(EMBED) tests/faults/shim.c \
	$(wildcard tests/bench/*/*/*.c)

obj       = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
LIBRARY  := $(BUILD)/libci.a
SO       := $(BUILD)/mod_contactinfo.so
PROGRAM  := $(BUILD)/contactinfoctl
TESTS    := $(UNIT:tests/unit/%.c=$(BUILD)/unit/%)
FUZZERS  := $(FUZZ:tests/fuzz/%.c=$(BUILD)/fuzz/%)

# --- flags -------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wdeclaration-after-statement -Wvla -Wformat=2 -Wundef \
	-Wwrite-strings -Wimplicit-fallthrough -Wpointer-arith $(WERROR)
# APR's brigade macros trip it in clang; they are used in httpd/ only.
CAST_QUAL := -Wcast-qual
VISIBILITY := -fvisibility=hidden
comma    := ,
empty    :=
space    := $(empty) $(empty)
CHECKERS := $(subst $(comma), ,$(SANITIZE))
FUZZER   := $(filter fuzzer,$(CHECKERS))
ifneq ($(CHECKERS),)
# stddef.h first: else APR's rings count offsets from a null pointer.
SAN_LINK    := -fsanitize=$(SANITIZE)
SAN_COMPILE := -fsanitize=$(subst fuzzer,fuzzer-no-link,$(SANITIZE)) \
	-fno-sanitize-recover=all -fno-omit-frame-pointer -include stddef.h
endif

COMPILE = $(CC) -std=gnu11 -fPIC $(CFLAGS) $(SAN_COMPILE) $(VISIBILITY) \
	$(WARNINGS) $(CAST_QUAL) -I mod_contactinfo $(DEP_CFLAGS) $(CPPFLAGS)
LINK     = $(CC) $(CFLAGS) $(LDFLAGS) -Wl,--as-needed
say      = $(if $(V),,@echo "  $(1) $@";)

$(call obj,$(HTTPD_C)): CAST_QUAL :=
$(call obj,$(HTTPD_C)): CPPFLAGS += $(HTTPD_CFLAGS)
# AP_DECLARE_MODULE() says nothing of visibility: the module record is the one
# symbol of this file, and the one that is exported.
$(call obj,mod_contactinfo/httpd/mod_contactinfo.c): VISIBILITY :=
$(call obj,$(UNIT) $(HELPERS)): CPPFLAGS += $(CHECK_CFLAGS) -I tests/unit
$(call obj,$(CTL_C)): CPPFLAGS += \
	-DCI_SCHEMA_DIR='"$(PREFIX)/share/mod_contactinfo/schema"'

# --- build -------------------------------------------------------------------

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: FORCE

all: $(SO) $(PROGRAM) ## the module and contactinfoctl
.PHONY: all

$(BUILD)/obj/%.o: %.c $(BUILD)/flags.mk
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) -MMD -MP -c -o $@ $<

# The published examples that openapi.json shows: requests, and those answers
# that the schemas describe.
EXAMPLES := $(patsubst %,tests/examples/%.json,create-person.request \
	create-company.request create-person-fields-set.request update.request \
	profile-photo-remove.request create-person-fields-set.response \
	update.response profile-photo-view.response)
$(BUILD)/embed: $(EMBED) $(BUILD)/flags.mk
	$(call say,CC)$(CC) -std=gnu11 $(WARNINGS) $(DEP_CFLAGS) -o $@ $< -ljansson

$(BUILD)/obj/ci_examples.c: $(BUILD)/embed $(EXAMPLES)
	$(call say,EMBED)$(BUILD)/embed $(EXAMPLES) >$@

$(BUILD)/obj/ci_examples.o: $(BUILD)/obj/ci_examples.c
	$(call say,CC)$(COMPILE) -c -o $@ $<

$(LIBRARY): $(call obj,$(SOURCES)) $(BUILD)/obj/ci_examples.o
	@rm -f $@
	$(call say,AR)$(AR) rcs $@ $^

$(SO): $(call obj,$(HTTPD_C)) $(LIBRARY)
	$(call say,LINK)$(LINK) $(SAN_LINK) -shared -o $@ $^ $(DEP_LIBS)

$(PROGRAM): $(call obj,$(CTL_C)) $(LIBRARY)
	$(call say,LINK)$(LINK) $(SAN_LINK) -o $@ $^ $(DEP_LIBS)

$(BUILD)/objects: $(call obj,$(DUMP)) $(LIBRARY)
	$(call say,LINK)$(LINK) $(SAN_LINK) -o $@ $^ $(DEP_LIBS)

$(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(call obj,$(HELPERS)) $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) $(SAN_LINK) -o $@ $^ $(DEP_LIBS) $(CHECK_LIBS)

$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o \
		$(if $(FUZZER),,$(call obj,$(REPLAY))) $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK)$(LINK) $(SAN_LINK) -o $@ $^ $(DEP_LIBS)

-include $(patsubst %.c,$(BUILD)/obj/%.d,$(ALL_C))

# Written again when a compiler, a checker or a library changes; everything
# that is compiled depends on it.
system = $(subst -I,-isystem ,$(shell pkg-config --cflags $(1)))
define FLAGS
DEP_CFLAGS := $(call system,apr-1 apr-util-1 jansson mysqlclient libcrypto)
DEP_LIBS := $(shell pkg-config --libs apr-1 apr-util-1 jansson mysqlclient libcrypto)
CHECK_CFLAGS := $(call system,check)
CHECK_LIBS := $(shell pkg-config --libs check)
HTTPD_CFLAGS := -isystem $(shell apxs -q INCLUDEDIR)
LIBEXECDIR := $(shell apxs -q LIBEXECDIR)
BUILT_WITH := $(CC) $(SANITIZE) $(CFLAGS) $(WERROR)
endef
$(BUILD)/flags.mk: $(BUILD)/packages FORCE
	@$(file >$@.new,$(FLAGS))
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# --- packages ----------------------------------------------------------------

RUN_PACKAGES := apache2-bin apache2-dev apache2-utils binutils check curl gcc \
	libc6-dev libjansson-dev libmariadb-dev libmariadb-dev-compat libssl-dev \
	mariadb-client mariadb-server pkg-config
# Debian's, unless there is another Node.js already.
NODE_PACKAGES := $(if $(shell command -v node),,nodejs npm)
CHECK_PACKAGES := clang clang-format clang-tidy cppcheck libclang-rt-14-dev \
	llvm nghttp2-client python3-httpx python3-jsonschema python3-pytest \
	openssl python3-h2 shellcheck valgrind $(NODE_PACKAGES)
NEEDED := $(RUN_PACKAGES)
ifneq ($(filter clang%,$(CC))$(filter-out all start run install,$(GOALS)),)
NEEDED += $(CHECK_PACKAGES)
endif

$(BUILD)/packages: FORCE
	@mkdir -p $(@D)
	@echo $(NEEDED) | cmp -s - $@ || { \
		conf/install-packages.sh $(NEEDED) && echo $(NEEDED) >$@; }

packages: ## install the Debian packages that everything needs
	conf/install-packages.sh $(RUN_PACKAGES) $(CHECK_PACKAGES)
.PHONY: packages

# --- tests -------------------------------------------------------------------

# each(command, programs): run all of them, then fail if one has failed.
define each
@failed=; for i in $(2); do \
	echo "$$i"; $(1) || failed="$$failed $$i"; done; \
if [ -n "$$failed" ]; then echo "failed:$$failed" >&2; exit 1; fi; \
echo "$(words $(2)) passed"; [ $(words $(2)) -gt 0 ]
endef

unit: $(TESTS) ## unit tests; WRAP: a command to run each under
	$(call each,$(WRAP) $$i,$^)

fuzz-replay: $(FUZZERS) ## the fuzz targets over their corpora
	$(call each,$$i tests/fuzz/corpus/$${i##*/fuzz_},$^)

guards: $(SO) ## rules that no compiler checks
	$(call each,MODULE=$(SO) $$i,$(wildcard tests/guards/*.sh))

PRELOAD = $(if $(filter address,$(CHECKERS)),$(shell $(CC) -print-file-name=$(if \
	$(filter clang%,$(CC)),libclang_rt.asan-$(shell uname -m).so,libasan.so)))$(if \
	$(filter thread,$(CHECKERS)),$(shell $(CC) -print-file-name=libtsan.so):$(abspath \
	$(APR_ATOMICS)))
# libapr's own are not seen by TSan.
APR_ATOMICS := $(if $(filter thread,$(CHECKERS)),$(BUILD)/atomics.so)
$(BUILD)/atomics.so: $(ATOMICS) $(BUILD)/flags.mk
	$(call say,LINK)$(CC) -std=gnu11 -fPIC $(CFLAGS) $(SAN_COMPILE) $(WARNINGS) \
		-Wcast-qual $(DEP_CFLAGS) $(SAN_LINK) -shared -o $@ $<
integration faults: $(APR_ATOMICS)

# Validates openapi.json; Debian has no validator of OpenAPI 3.1.
OPENAPI := @seriousme/openapi-schema-validator
$(BUILD)/node/node_modules/$(OPENAPI)/package.json:
	npm install --prefix $(BUILD)/node --ignore-scripts --no-audit --no-fund \
		$(OPENAPI)@2.11.0

integration: $(BUILD)/objects $(BUILD)/node/node_modules/$(OPENAPI)/package.json
integration: all ## a real httpd and a real MariaDB; PYTEST_ARGS
	BUILD=$(abspath $(BUILD)) PRELOAD=$(PRELOAD) PYTHONDONTWRITEBYTECODE=1 \
		/usr/bin/python3 -m pytest -p no:cacheprovider tests/integration \
		tests/attacks $(PYTEST_ARGS)

# Fails a chosen call of the client library; a sanitizer has no business in it.
SHIM := $(BUILD)/fault_shim.so
$(SHIM): tests/faults/shim.c $(BUILD)/flags.mk
	$(call say,LINK)$(CC) -std=gnu11 -fPIC $(CFLAGS) $(WARNINGS) -Wcast-qual \
		$(DEP_CFLAGS) -shared -o $@ $< -Wl,--no-as-needed \
		$(shell pkg-config --libs mysqlclient)

# The module that asks for one migration more, for a test of upgrades.
NEXT := $(BUILD)/next/mod_contactinfo.so
$(BUILD)/next/ci_schema.h: mod_contactinfo/model/ci_schema.h
	@mkdir -p $(@D)
	awk '/define CI_SCHEMA_NEEDED/ { $$3++ } 1' $< >$@

$(BUILD)/next/ci_schema.o: mod_contactinfo/model/ci_schema.c \
		$(BUILD)/next/ci_schema.h $(BUILD)/flags.mk
	$(call say,CC)$(COMPILE) -include $(BUILD)/next/ci_schema.h -c -o $@ $<

$(NEXT): $(call obj,$(HTTPD_C)) $(BUILD)/next/ci_schema.o $(LIBRARY)
	$(call say,LINK)$(LINK) $(SAN_LINK) -shared -o $@ $^ $(DEP_LIBS)

faults: all $(BUILD)/objects $(SHIM) $(NEXT) ## a database and children that fail; SOAK=1
	BUILD=$(abspath $(BUILD)) PRELOAD=$(PRELOAD) PYTHONDONTWRITEBYTECODE=1 \
		/usr/bin/python3 -m pytest -p no:cacheprovider tests/faults $(PYTEST_ARGS)

soak: ## faults with the full figures: hours
	$(MAKE) faults SOAK=1

# What depends on processes, threads and what stands in front most.
FEW ?= test_examples.py or test_update.py or test_conditional.py
check-mpm: all $(BUILD)/objects ## FEW integration tests under worker and prefork
	MPM=worker $(MAKE) integration PYTEST_ARGS="-k '$(FEW)'"
	MPM=prefork $(MAKE) integration PYTEST_ARGS="-k '$(FEW)'"

check-front: all $(BUILD)/objects ## FEW of them by HTTP/2, TLS and mod_proxy
	FRONT=h2 $(MAKE) integration PYTEST_ARGS="-k '$(FEW)'"
	FRONT=tls $(MAKE) integration PYTEST_ARGS="-k '$(FEW)'"
	FRONT=proxy $(MAKE) integration PYTEST_ARGS="-k '$(FEW)'"
.PHONY: check-mpm check-front

check: all unit fuzz-replay guards integration faults ## all of these
.PHONY: unit fuzz-replay guards integration faults soak check

# --- more proofs -------------------------------------------------------------

asan: ## unit, corpora and integration under ASan and UBSan
	$(MAKE) BUILD=$(BUILD)/asan CC=clang SANITIZE=address,undefined \
		unit fuzz-replay integration

tsan: ## unit under TSan
	$(MAKE) BUILD=$(BUILD)/tsan CC=clang SANITIZE=thread unit

tsan-httpd: ## FEW integration tests, restarts and outages under TSan; SOAK=1
	$(MAKE) BUILD=$(BUILD)/tsan-httpd CC=gcc SANITIZE=thread integration \
		PYTEST_ARGS="-k '$(FEW) or test_photo.py and not memory or graceful or without_the_database'"
	$(MAKE) BUILD=$(BUILD)/tsan-httpd CC=gcc SANITIZE=thread faults \
		PYTEST_ARGS="-k test_7_threads"

valgrind-httpd: all $(BUILD)/objects ## a few integration tests under valgrind
	HTTPD_WRAP="valgrind -q --leak-check=full --keep-debuginfo=yes \
		--show-leak-kinds=definite --log-file=%q{VALGRIND_LOG} \
		--suppressions=$(abspath tests/suppressions/valgrind.supp)" \
		$(MAKE) integration PYTEST_ARGS="-k 'test_examples'"

valgrind: ## unit under valgrind
	$(MAKE) unit WRAP="env CK_FORK=no valgrind -q --leak-check=full \
		--errors-for-leak-kinds=definite --error-exitcode=99"

# Not the caches of tokens and references: neither of the two can follow what
# threads agree on by atomic words alone. TSan can.
RACES := $(patsubst tests/unit/%.c,$(BUILD)/races/%,$(filter-out \
	%/test_token_cache.c %/test_references.c,$(shell grep -l thread_create $(UNIT))))
RACE  := env CK_FORK=no valgrind -q --error-exitcode=99
threads: $(RACES) ## unit tests with threads, under helgrind and drd

$(BUILD)/races/%: $(BUILD)/unit/%
	$(RACE) --tool=helgrind $<
	$(RACE) --tool=drd $<

counts: $(BUILD)/unit/test_counts $(SO) ## instructions, by callgrind
	tests/counts.sh $<
	tests/unused.sh $(SO)

fuzz: ## fuzz each target for FUZZ_SECONDS
	$(MAKE) BUILD=$(BUILD)/fuzzing CC=clang SANITIZE=fuzzer,address,undefined \
		fuzz-live

fuzz-live: $(FUZZERS)
	@mkdir -p $(FUZZERS:$(BUILD)/fuzz/fuzz_%=$(BUILD)/corpus/%)
	$(call each,nice -n 15 $$i -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 \
		-artifact_prefix=$(BUILD)/ $(BUILD)/corpus/$${i##*/fuzz_} \
		tests/fuzz/corpus/$${i##*/fuzz_},$^)

cover: ## lines and branches that unit and integration tests reach
	$(MAKE) BUILD=$(BUILD)/cover CFLAGS="-O0 -g --coverage" cover-run

cover-run: $(TESTS) $(FUZZERS) all
	@# httpd and contactinfoctl write them as different users
	for i in $$(find $(BUILD)/obj -name '*.gcno'); do \
		install -m 666 /dev/null $${i%.gcno}.gcda; done
	$(MAKE) integration
	$(MAKE) unit fuzz-replay
	find $(BUILD)/obj -name '*.gcda' -empty -delete
	COVER_LINES=95 COVER_BRANCHES=80 /usr/bin/python3 tests/coverage.py $(BUILD) \
		$(SOURCES) $(HTTPD_C) $(CTL_C)

HEADERS := $(wildcard mod_contactinfo/*/*.h tests/*/*.h)
SCRIPTS := .ci/run $(wildcard conf/*.sh tests/*.sh tests/guards/*.sh)
ANALYZER := -include tests/suppressions/clang_analyzer.h
TIDY     = clang-tidy --quiet {} -- -std=gnu11 -I mod_contactinfo -I tests/unit \
	$(DEP_CFLAGS) $(HTTPD_CFLAGS) $(CHECK_CFLAGS) -DCI_SCHEMA_DIR='""'
# cppcheck: APR ends argument lists with NULL, which is portable enough; a
# returned ci_error_t * does not hold the addresses that the call was given;
# that NULL means "out-parameters are set" is beyond it (clang-tidy knows).
CPPCHECK = cppcheck -q -j $(JOBS) --error-exitcode=1 --std=c11 --inline-suppr \
	--enable=warning,performance,portability --suppress=varFuncNullUB \
	--suppress=returnDanglingLifetime --suppress=uninitvar --suppress=ctuuninitvar \
	--suppress=uninitStructMember -I mod_contactinfo
lint: ## formatting and static analysis
	@clang-format --dry-run -Werror $(ALL_C) $(HEADERS)
	shellcheck $(SCRIPTS)
	@$(CPPCHECK) $(SOURCES) $(HTTPD_C) $(CTL_C)
	@printf '%s\n' $(filter-out %/ci_error.c,$(ALL_C)) | \
		xargs -P $(JOBS) -I {} $(TIDY) $(ANALYZER)
	@echo mod_contactinfo/base/ci_error.c | xargs -I {} $(TIDY)
.PHONY: asan counts threads tsan valgrind fuzz fuzz-live cover cover-run lint

# --- benchmark ---------------------------------------------------------------

BENCH_PACKAGES := golang-github-go-sql-driver-mysql-dev golang-go php-fpm \
	php-mysql wrk $(NODE_PACKAGES)
BENCH := $(BUILD)/bench
PEER_GO := $(wildcard tests/bench/peers/go/*.go)

bench: all ## the module against its peers; QUICK, CONTACTS, ROUNDS, SECONDS, ONLY, GROWTH
	conf/install-packages.sh $(BENCH_PACKAGES)
	@mkdir -p $(BENCH)
	$(MAKE) $(BENCH)/mod_bare.so $(BENCH)/client $(BENCH)/peer \
		$(BENCH)/node_modules/.package-lock.json
	BUILD=$(abspath $(BUILD)) RUN_DIR=$(abspath $(BENCH)/run) \
		PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 tests/bench/bench.py
.PHONY: bench

$(BENCH)/mod_bare.so: tests/bench/peers/bare/mod_bare.c $(BUILD)/flags.mk
	$(call say,LINK)$(CC) -std=gnu11 -fPIC $(CFLAGS) $(WARNINGS) $(DEP_CFLAGS) \
		$(HTTPD_CFLAGS) -shared -o $@ $< $(DEP_LIBS)

$(BENCH)/client: tests/bench/peers/bare/client.c $(BUILD)/flags.mk
	$(call say,LINK)$(CC) -std=gnu11 $(CFLAGS) $(WARNINGS) $(DEP_CFLAGS) \
		-o $@ $< $(DEP_LIBS) -lpthread

$(BENCH)/peer: $(PEER_GO)
	$(call say,GO)GO111MODULE=off GOPATH=/usr/share/gocode \
		GOCACHE=$(abspath $(BENCH)/gocache) go build -o $@ $(PEER_GO)

$(BENCH)/node_modules/.package-lock.json: tests/bench/peers/node/package.json
	cp $< $(BENCH)/
	npm install --prefix $(BENCH) --no-audit --no-fund --ignore-scripts

# --- service -----------------------------------------------------------------

# exec: so that signals which make passes on reach the script.
SERVICE := exec env RUN_DIR=$(RUN_DIR) PORT=$(PORT) BUILD=$(BUILD) conf/service.sh

run: all ## start, show three curl lines, stay until Ctrl-C; PORT, RUN_DIR
	@$(SERVICE) run

start: all ## start in the background; RUN_DIR/env says how to reach it
	@$(SERVICE) start

stop: ## end it; the data stay
	@$(SERVICE) stop
.PHONY: run start stop

# --- install, clean ----------------------------------------------------------

SHARE = $(DESTDIR)$(PREFIX)/share/mod_contactinfo
install: all ## DESTDIR, PREFIX; the module goes where httpd looks for it
	install -D -m 644 $(SO) $(DESTDIR)$(LIBEXECDIR)/mod_contactinfo.so
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/contactinfoctl
	install -d $(SHARE)/schema
	install -m 644 conf/contactinfo.conf $(SHARE)
	install -m 644 $(wildcard schema/[0-9]*.sql schema/grants*.sql) $(SHARE)/schema

clean: ## end the service, remove its data and what was built
	@$(SERVICE) clean
	rm -rf $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16
.PHONY: install clean help
