# A folder of modules: NAME.a from every *.c beside the Makefile that includes this.
#   NAME  := libdecant
#   ROOT  := ..
include $(ROOT)/mk/flags.mk
DIR := $(patsubst $(ROOT)/%,%,$(CURDIR))
OBJECTS := $(patsubst %.c,$(OUT)/$(DIR)/%.o,$(wildcard *.c))

$(OUT)/$(DIR)/$(NAME).a: $(OBJECTS)
	@rm -f $@
	$(call say,ar,$@)ar rcs $@ $^

$(OUT)/$(DIR)/%.o: %.c
	@mkdir -p $(@D)
	$(compile)

-include $(OBJECTS:.o=.d)
