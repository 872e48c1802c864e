// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any bytes as a request to the API: no crash; what is accepted is sound, and what is not is said.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "daemon/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int has_rule(const struct control_request *request)
{
	return request->verb == CONTROL_ENABLE || request->verb == CONTROL_DISABLE ||
	       request->verb == CONTROL_DRAIN;
}

static int has_timeout(const struct control_request *request)
{
	return request->verb == CONTROL_DRAINSTOP || request->verb == CONTROL_DRAIN;
}

static void require_sound(const struct control_request *request)
{
	if (request->verb <= 0 || request->verb >= CONTROL_VERBS ||
	    request->weight > XNLB_WEIGHT_MAX ||
	    (request->weight && request->verb != CONTROL_WEIGHT) ||
	    (request->timeout_ms && !has_timeout(request)) ||
	    !memchr(request->rule, 0, sizeof(request->rule)))
		abort();
	if (has_rule(request) ? !name_valid(request->rule, NAME_DOTS) : request->rule[0] != '\0')
		abort();
}

/* One line that can be printed, and fits. */
static void require_text(const char *error)
{
	size_t length = strnlen(error, REQUEST_ERROR_SIZE);

	if (!length || length == REQUEST_ERROR_SIZE)
		abort();
	for (size_t i = 0; i < length; i++)
		if (error[i] < ' ' || error[i] > '~')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a copy that ends where the text ends: reading on is found */
	char *text = malloc(size ? size : 1), error[REQUEST_ERROR_SIZE] = "";
	struct control_request request = {.verb = CONTROL_VERBS, .weight = 77, .rule = "before"};

	if (!text)
		abort();
	memcpy(text, data, size);
	if (!request_parse(text, size, &request, error)) {
		require_sound(&request);
	} else {
		require_text(error);
		if (request.verb != CONTROL_VERBS || request.weight != 77 ||
		    strcmp(request.rule, "before") != 0)
			abort();
	}
	free(text);
	return 0;
}
