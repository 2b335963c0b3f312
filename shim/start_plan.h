/* The start plan: what `initd compile` resolved when the image was built.
 *
 * Where its conditions hold, the launcher starts the shim, and so the app, before it
 * becomes Python: an interpreter and its modules take as long as twenty starts of this
 * kind. The launcher decides nothing: what has to hold, and what is passed on, is in the
 * file word for word (initd/core/start_plan.py). If a condition does not hold or a step
 * fails, the start takes the ordinary way, and Python logs the reason.
 *
 * start_plan.c reads the file, plan_conditions.c compares, app_name.c makes the app's host name and
 * name_shown.c shows it to others, early_start.c starts, and first_sleep.c falls asleep. */
#ifndef INITD_START_PLAN_H
#define INITD_START_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "contract.h"

/* The first of two variables of one name counts, so each is compared with those before. */
#define PLAN_VARIABLES_AT_MOST 1024
#define PLAN_REASON_SIZE       512
#define PLAN_NAME_VARIABLES    3 /* those that show the app its host name */
#define PLAN_PRELOAD_SIZE      4096

enum {
    PLAN_HEADER = 'H',
    PLAN_WORD = 'w',     /* conditions: the command line, in order */
    PLAN_VARIABLE = 'v', /* NAME=VALUE is in the environment */
    PLAN_UNSET = 'u',    /* NAME is not */
    PLAN_PATH = 'f',     /* a file, whose content comes next */
    PLAN_CONTENT = 'c',
    PLAN_ABSENT = 'a',      /* a file that is not there */
    PLAN_HOSTS = 'n',       /* the kernel's name is short, and has no domain in this file */
    PLAN_NAME = 'N',        /* the app's host name: whole, or `.DOMAIN` for the kernel's */
    PLAN_LIBRARY = 'B',     /* what shows it, to be preloaded */
    PLAN_LISTED = 'R',      /* the file in which it is to be, so that it resolves */
    PLAN_SET = 'S',         /* actions: NAME=VALUE for the app */
    PLAN_PROGRAM = 'P',     /* the shim's file */
    PLAN_ARGUMENT = 'A',    /* its command line, in order */
    PLAN_ON_TERMINAL = 'T', /* the same, if there is a terminal to hand over */
    PLAN_ORDERS = 'O', /* to sleep at once (first_sleep.h): the orders, without zeros at the end */
    PLAN_KNOWN = 'K',  /* what Python is to know when it wakes */
    PLAN_LINES = 'L',  /* of the log, with places (orders.h) */
    PLAN_SOCKET = 'C', /* where the control socket is to be, if it was said */
    PLAN_AWAKE_IF = 'W',
    PLAN_END = 'E',
};

/* When it is not to sleep at once, a letter each. */
enum {
    AWAKE_ON_TERMINAL = 't',  /* there is a terminal to hand over */
    AWAKE_ON_LINE = 'h',      /* the hosts file has got a line, which is to be logged */
    AWAKE_WITHOUT_KILL = 'k', /* init may not signal another user's processes */
};

/* Invariant: bytes[size] is 0, and all of it lies within the file. */
struct record {
    char kind;
    uint32_t size;
    char *bytes;
};

/* What init was started with, and what became of the plan. */
struct plan {
    int argc;
    char **argv;
    char **envp;
    int own_variables; /* INITD_ ones in the environment */

    int words_seen, own_seen;
    const char *path; /* of the file whose content comes next */
    char *shim;
    const char *library, *hosts;
    int argument_count, addition_count;
    char *arguments[PLAN_WORDS_AT_MOST + 3]; /* two more by early_start.c, and the end */
    char *additions[PLAN_ADDITIONS_AT_MOST];
    char *environment[PLAN_VARIABLES_AT_MOST + PLAN_ADDITIONS_AT_MOST + PLAN_NAME_VARIABLES + 1];
    int terminal;
    int number;                  /* of this plan in the file, from 0 */
    struct record orders, known; /* of no size if it is not to sleep at once */
    const char *lines, *awake_if;
    const char *socket; /* 0: at a default place */

    char name[HOSTNAME_LONGEST + 1]; /* the app's; "": it sees the kernel's */
    char kernel_name[HOSTNAME_LONGEST + 1];
    char name_variable[sizeof HOSTNAME_VARIABLE + HOSTNAME_LONGEST + 1];
    char shell_variable[sizeof "HOSTNAME=" + HOSTNAME_LONGEST];
    char preload[PLAN_PRELOAD_SIZE];

    char reason[PLAN_REASON_SIZE]; /* why it can't be used; "": there is none */
    char file[PLAN_LONGEST + 1];
};

/* Whether init has the terminal on its stdin, and could hand it over. */
int has_terminal(void);

/* Notes why the plan can't be used: "WHAT WHY". */
void plan_unusable(struct plan *plan, const char *what, const char *why);

/* Whether a plan in these bytes of a file holds: then `plan` has what is to be started. The
 * caller sets argc, argv and envp; everything else is zero. */
int use_plan(struct plan *plan, char *file, size_t size);

/* The same for PLAN_FILE. Without that file no reason is given. */
int read_plan(struct plan *plan);

#endif
