/* Starts the shim by a start plan, before there is any Python. */
#ifndef INITD_EARLY_START_H
#define INITD_EARLY_START_H

#include "python.h"

/* Starts by the plan if its conditions hold. Returns what to hand over to Python as the
 * value of its option -X (initd/init/bootstrap/adopt.py), or 0 without a plan. Where the plan has
 * orders to sleep by, `sleeps` is set, and Python is what it wakes up as.
 *
 * The reading end of the report pipe stays open across exec; the kernel keeps what is in
 * the pipe, and SIGCHLD, for Python to find. */
char *start_by_plan(struct invocation *invocation);

#endif
