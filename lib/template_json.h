/* SPDX-License-Identifier: MIT */
/* Parsed JSON as template data. */
#ifndef DECANT_TEMPLATE_JSON_H
#define DECANT_TEMPLATE_JSON_H

#include "json.h"
#include "template.h"

/* The value itself; what it was parsed into must outlive the rendering. Numbers are shown as they
 * were written. */
struct template_value template_json(struct json value);

#endif
