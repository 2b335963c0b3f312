/* Finds the Python that belongs to the launcher, and becomes it. */
#ifndef INITD_PYTHON_H
#define INITD_PYTHON_H

#include "sys.h"

struct orders;

/* How the launcher was started. */
struct invocation {
    int argc;
    char **argv;
    char **envp;
    int as_peer;                 /* whether it was called by the name of another init */
    signal_set blocked, ignored; /* then as they were before, to hand on to the app */
    char *descriptors;           /* the app's (descriptors.h); 0: none */
    char *woken;                 /* for Python, if it has slept (HANDOVER_WOKEN) */
    struct orders *orders;       /* by which it sleeps or has slept; 0: never */
    int sleeps;                  /* whether it is to sleep before it becomes Python */
};

/* Returns only if it is to sleep, or if no interpreter was found, after an error message. */
void become_python(struct invocation *invocation);

#endif
