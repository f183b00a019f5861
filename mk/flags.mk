# The only place with flags. Included with ROOT set to the top of the tree.
#   make                             optimised, in build/
#   make SANITIZE=address,undefined  in build/address,undefined/
#   make WERROR=1                    warnings are errors
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

comma := ,
ROOT := $(abspath $(ROOT))
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
SANITIZE ?=
VARIANT := $(subst $(comma),-,$(SANITIZE))
OUT ?= $(ROOT)/build$(if $(VARIANT),/$(VARIANT))
BIN := $(OUT)/bin

# Third-party headers are system headers: their warnings are not ours.
PACKAGES := libbson-1.0 libmongoc-1.0 libuv libcurl sqlite3 libsodium
# Asked for when first used, as the packages may have been installed by then.
INCLUDES = $(eval INCLUDES := $(subst -I,-isystem ,$(shell pkg-config --cflags $(PACKAGES))))$(INCLUDES)
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wformat=2 -Wundef -Wpointer-arith -Werror=return-type -Werror=implicit-function-declaration
CPPFLAGS += -D_GNU_SOURCE -DH2O_USE_LIBUV=1 $(INCLUDES) -MMD -MP
OPTIMISE ?= $(if $(SANITIZE),-O1,-O2)
# Sanitized code makes gcc see format strings that might be NULL: that warning is off there.
CFLAGS += -std=gnu11 -g $(OPTIMISE) -fno-omit-frame-pointer -fstack-protector-strong -fPIC \
	$(WARNINGS) $(if $(WERROR),-Werror) $(if $(SANITIZE),-fsanitize=$(SANITIZE) \
	$(if $(findstring undefined,$(SANITIZE)),-fno-sanitize-recover=undefined) -Wno-format-truncation)
# Modules use what the program has: -rdynamic.
LDFLAGS += -Wl,--as-needed -rdynamic $(if $(SANITIZE),-fsanitize=$(SANITIZE))
# A program carries only what it uses (--as-needed over a static library of ours).
LIBS := -lh2o -luv -lcurl -lbson-1.0 -lsqlite3 -lsodium -lgd -lexpat -lstemmer -lpcre2-8 -lssl -lcrypto -lz \
	-ldl -lpthread -lm
MONGO_LIBS := -lmongoc-1.0
LIBDECANT := $(OUT)/lib/libdecant.a
LIBAPP := $(OUT)/app/libapp.a

# `make V=1` shows whole commands.
say = $(if $(V),,@printf '  %-4s %s\n' $1 $(patsubst $(ROOT)/%,%,$2);)
compile = $(call say,cc,$(CURDIR)/$<)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
