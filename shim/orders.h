/* The shim's orders, as init writes them on its command line (initd/core/spawn_spec.py):
 * numbers only, looked up and checked by init. What does not fit is refused. */
#ifndef INITD_ORDERS_H
#define INITD_ORDERS_H

#include <linux/resource.h>

#include "kernel.h"

#define LIMITS_AT_MOST 16
#define GROUPS_AT_MOST 1024
#define NICEST (-20)
#define REPORT_DESCRIPTOR 3 /* unless the app is to inherit one of that number */

struct limit {
    int resource;
    struct rlimit64 value;
};

struct orders {
    int init_pid;
    int death_signal;
    int wanted_pid;
    int report; /* the descriptor of the reports */
    int session;
    int same_group;
    int terminal;
    int shell;    /* whether a file that is no program is run by /bin/sh */
    signal_set blocked, ignored; /* for the app to begin with */
    int listener; /* whether LISTEN_PID is to be the app's pid */
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
    int mask; /* -1: as it is */
    char **command;
};

/* Reads digits and steps over the separator behind them. */
static uint64_t number(const char **text, unsigned base)
{
    uint64_t value = 0;
    while (**text >= '0' && **text <= '9')
        value = value * base + (uint64_t)(*(*text)++ - '0');
    if (**text)
        (*text)++;
    return value;
}

static void read_limit(struct orders *orders, const char *text)
{
    struct limit *limit = &orders->limits[orders->limit_count++];
    limit->resource = (int)number(&text, 10);
    limit->value.rlim_cur = number(&text, 10);
    limit->value.rlim_max = number(&text, 10);
}

/* All or nothing: an app with some of its groups would fail much later. */
static int read_groups(struct orders *orders, const char *text)
{
    while (*text && orders->group_count < GROUPS_AT_MOST)
        orders->groups[orders->group_count++] = (unsigned)number(&text, 10);
    return !*text;
}

static int read_orders(struct orders *orders, char **argv)
{
    orders->mask = -1;
    orders->report = REPORT_DESCRIPTOR;
    while (*++argv) {
        if (text_starts(*argv, "--")) {
            orders->command = argv + 1;
            return orders->command[0] != 0;
        }
        char option = argv[0][0] == '-' ? argv[0][1] : 0;
        if (option == 's') {
            orders->session = 1;
            continue;
        }
        if (option == 'S') {
            orders->same_group = 1;
            continue;
        }
        if (option == 'e') {
            orders->shell = 1;
            continue;
        }
        if (option == 'L') {
            orders->listener = 1;
            continue;
        }
        if (option == 't') {
            orders->terminal = 1;
            continue;
        }
        if (option == 'N') {
            orders->no_new_privileges = 1;
            continue;
        }
        const char *value = *++argv;
        if (!value)
            return 0;
        switch (option) {
        case 'i': orders->init_pid = (int)number(&value, 10); break;
        case 'd': orders->death_signal = (int)number(&value, 10); break;
        case 'f': orders->report = (int)number(&value, 10); break;
        case 'n': orders->wanted_pid = (int)number(&value, 10); break;
        case 'u': orders->has_user = 1; orders->user = (unsigned)number(&value, 10); break;
        case 'g': orders->group = (unsigned)number(&value, 10); break;
        case 'G':
            if (!read_groups(orders, value))
                return 0;
            break;
        case 'p':
            orders->has_niceness = 1;
            orders->niceness = NICEST + (int)number(&value, 10);
            break;
        case 'o': orders->oom_score = value; break;
        case 'B': orders->blocked = number(&value, 10); break;
        case 'I': orders->ignored = number(&value, 10); break;
        case 'c': orders->dropped = number(&value, 10); break;
        case 'w': orders->directory = value; break;
        case 'm': orders->mask = (int)number(&value, 8); break;
        case 'l':
            if (orders->limit_count == LIMITS_AT_MOST)
                return 0;
            read_limit(orders, value);
            break;
        default: return 0;
        }
    }
    return 0;
}

#endif
