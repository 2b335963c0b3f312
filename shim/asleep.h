/* Pid 1 while there is nothing to decide: a few pages instead of an interpreter.
 *
 * Python has left standing orders (orders.h). By them, this reaps orphans, passes signals on,
 * takes the first step of a stop, and answers `initd health`. Everything else wakes Python,
 * and nothing is lost until it is there: signals that it decides on stay pending, the corpses
 * of shim and app stay unreaped, reports stay in the pipe, a client keeps its connection. */
#ifndef INITD_ASLEEP_H
#define INITD_ASLEEP_H

#include "orders.h"

/* Returns when Python is to be woken. Once that has failed too often it does not return: it does
 * what it can without, and ends this process with the app's code. */
void sleep_by(struct orders *orders);

#endif
