# A folder that becomes one program, build/bin/NAME, from its own *.c, app/ and lib/.
#   NAME  := monolithic
#   ROOT  := ..
# `make -C FOLDER` refreshes the libraries first; the top Makefile has done so and says LIBS_READY=1.
include $(ROOT)/mk/flags.mk
DIR := $(patsubst $(ROOT)/%,%,$(CURDIR))
SOURCES ?= $(wildcard *.c)
OBJECTS := $(patsubst %.c,$(OUT)/$(DIR)/%.o,$(SOURCES))

$(BIN)/$(NAME): $(OBJECTS) $(LIBAPP) $(LIBDECANT)
	@mkdir -p $(@D)
	$(call say,link,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

ifndef LIBS_READY
.PHONY: libraries
libraries:
	@$(MAKE) --no-print-directory -C $(ROOT)/lib
	@$(MAKE) --no-print-directory -C $(ROOT)/app
$(LIBAPP) $(LIBDECANT): libraries ;
endif

$(OUT)/$(DIR)/%.o: %.c
	@mkdir -p $(@D)
	$(compile)

-include $(OBJECTS:.o=.d)
