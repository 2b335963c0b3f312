/* The Python that belongs to the launcher: found beside it, and become. */
#ifndef INITD_PYTHON_H
#define INITD_PYTHON_H

#include "sys.h"

/* How the launcher was started. */
struct invocation {
    int argc;
    char **argv;
    char **envp;
    int as_peer;                 /* whether by the name of another init; then also: */
    signal_set blocked, ignored; /* what it was given, to hand on to the app */
};

/* Returns only if there was nothing to become, after it has said so. */
void become_python(const struct invocation *invocation);

#endif
