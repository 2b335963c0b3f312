/* What the launcher tells Python beside its command line. */
#ifndef INITD_HANDOVER_H
#define INITD_HANDOVER_H

#include "python.h"

/* BLOCKED:IGNORED; 0 if there are none, as in any container. */
char *signals_given(const struct invocation *invocation);

/* What to tell Python when it wakes up, by the descriptor of its orders. */
char *woken_option(int orders);

/* What to tell Python about the start plan, or its sleep; 0 without one. After a start by a plan,
 * `sleeps` may be set. Called only once an interpreter is found: without one, nothing would look after an app that the plan starts.
 * And only the first call starts it. */
char *handover(struct invocation *invocation);

#endif
