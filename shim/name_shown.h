/* The app's host name for the other programs of the container, before the app starts: the control
 * socket, by which the directory is this init's, the file with the name, and the line in the hosts
 * file. What initd/init/bootstrap/hostname.py does where nothing is unusual; anything else is for
 * Python to do. */
#ifndef INITD_NAME_SHOWN_H
#define INITD_NAME_SHOWN_H

#include <stdint.h>

#include "start_plan.h"

struct shown {
    int control;         /* the control socket, at the first default place; -1: there is none yet */
    int added;           /* whether the hosts file has got a line */
    uint64_t hosts_mark; /* of that file (orders.h); 0: none to look after */
};

/* Whether it is done, or there is no name to show. If not, the plan has the reason, and nobody
 * listens at the control socket. */
int show_name(struct plan *plan, struct shown *shown);

/* Takes the control socket away again. */
void withdraw_name(struct shown *shown);

#endif
