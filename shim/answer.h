/* What pid 1 answers to `health`:
 *
 *     {"healthy":true,"why":"..."}     {"healthy":false,"why":"..."}     {"error":"..."}
 *
 * initd/json_codec.py writes it compact and in ASCII, with these keys in this order, so strings
 * are the only part of JSON that has to be parsed here. Anything else is NO_ANSWER. */
#ifndef INITD_ANSWER_H
#define INITD_ANSWER_H

#include <stddef.h>

#include "line.h"

enum verdict { UNHEALTHY, HEALTHY, NO_ANSWER };

/* The verdict; `line` becomes what to print. */
enum verdict read_answer(const char *text, size_t length, struct line *line);

#endif
