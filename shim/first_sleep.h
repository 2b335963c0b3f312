/* A start by a plan that falls asleep without ever having been Python: what Python would have
 * done by then, the launcher does by the plan. */
#ifndef INITD_FIRST_SLEEP_H
#define INITD_FIRST_SLEEP_H

#include "name_shown.h"
#include "orders.h"
#include "start_plan.h"

/* The orders to sleep by, and the descriptor of their file. 0 where something is as the plan
 * could not foresee: then all is left for Python to do, and to find. The shim has just been
 * started; `reports` is its pipe, and `shown` what was done about the app's host name. */
struct orders *prepare_sleep(const struct plan *plan, const struct shown *shown, int shim,
                             int reports, int *file);

#endif
