/* From fork to exec: what the shim's child does, step by step. The first step that fails
 * ends it: an app with half of its settings would fail later, and worse. */
#ifndef INITD_BECOME_H
#define INITD_BECOME_H

#include "options.h"

/* Why the child can't become the app. */
struct failure {
    int stage;
    int error; /* errno; 0: nothing has failed */
};

/* Executes the app, or writes a `struct failure` to the descriptor `failures` and exits. */
__attribute__((noreturn)) void become_app(const struct options *options, int failures, char **envp);

#endif
