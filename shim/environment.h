/* Variables: arrays of NAME=VALUE that end in 0. */
#ifndef INITD_ENVIRONMENT_H
#define INITD_ENVIRONMENT_H

#include <stddef.h>

/* The value behind "NAME=", or 0. */
const char *environment_value(char **envp, const char *name_and_equals);

/* The length of NAME in NAME=VALUE, or in NAME. */
size_t name_length(const char *variable);

/* Where the variable of this name (NAME, or NAME=VALUE) is; else where the array ends. */
char **find_variable(char **envp, const char *name);

#endif
