/* The conditions of a start plan. Each returns whether it holds; if not, it notes why. */
#ifndef INITD_PLAN_CONDITIONS_H
#define INITD_PLAN_CONDITIONS_H

#include "start_plan.h"

/* Whether this variable, NAME=VALUE, is one of init's: none that an engine injects. */
int is_own(const char *variable);

/* Opens a file for reading; -errno on failure. */
int open_input(const char *path);

int word_holds(struct plan *plan, const struct record *record);
int variable_holds(struct plan *plan, const struct record *record);
int unset_holds(struct plan *plan, const struct record *record);
int content_holds(struct plan *plan, const struct record *record);
int absent_holds(struct plan *plan, const struct record *record);
int hosts_hold(struct plan *plan, const struct record *record);

#endif
