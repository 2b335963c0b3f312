/* The shim's options, as initd/core/start/spawn_spec.py writes them: numbers only, looked up and
 * checked by init. ppidshim.c lists them. */
#ifndef INITD_OPTIONS_H
#define INITD_OPTIONS_H

#include "sys.h"

#define LIMITS_AT_MOST 16
#define GROUPS_AT_MOST 1024

struct limit {
    int resource;
    uint64_t soft, hard;
};

struct options {
    int init_pid;
    int death_signal;
    int wanted_pid;
    int report;  /* the descriptor for reports */
    int secrets; /* where the app's secrets are read from; 0: it has none */
    int session;
    int same_group;
    int terminal;
    int shell;                   /* whether /bin/sh runs a file that the kernel can't */
    signal_set blocked, ignored; /* as the app starts */
    int limit_count;
    struct limit limits[LIMITS_AT_MOST];
    int has_user;
    unsigned user, group;
    int group_count;
    unsigned groups[GROUPS_AT_MOST];
    int has_niceness, niceness;
    const char *oom_score; /* as the kernel reads it */
    uint64_t dropped;      /* capabilities, a bit each */
    int no_new_privileges;
    const char *directory;
    int left;       /* the directory that the shim was started in and has left, open; 0: none */
    int mask;       /* -1: as it is */
    char **command; /* command[-1] is the "--" */
};

/* Fills `options`, which is all zero. 0 if something is unknown, missing or too much. */
int read_options(struct options *options, char **argv);

#endif
