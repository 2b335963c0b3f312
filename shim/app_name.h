/* The host name that a plan chooses for the app, where it is the same in each container or follows
 * from the kernel's: what initd/core/hostname/rules.py says of it. Whatever is unusual is for
 * Python to decide. */
#ifndef INITD_APP_NAME_H
#define INITD_APP_NAME_H

#include "start_plan.h"

/* The record is a name, or a dot and a domain for the kernel's short name. Whether the kernel's
 * name is short and another one, and the app's is valid. */
int name_holds(struct plan *plan, const struct record *record);

/* Whether the library can be preloaded. */
int library_holds(struct plan *plan, const struct record *record);

/* Sets the variables that show the name to the app's programs. */
int set_name_variables(struct plan *plan);

#endif
