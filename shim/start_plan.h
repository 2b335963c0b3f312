/* The start plan: what `initd compile` has resolved when the image was built.
 *
 * Where its conditions hold, the launcher starts the shim, and so the app, before it
 * becomes Python: an interpreter and its modules take as long as twenty starts of this
 * kind. It executes a plan and makes none: what is to hold, and what is passed on, stand
 * in the file word by word (initd/core/start_plan.py). Whatever does not hold, or fails
 * on the way, leaves the ordinary start, to which the reason is handed on for its log.
 */
#ifndef INITD_START_PLAN_H
#define INITD_START_PLAN_H

#include <asm/ioctls.h>
#include <asm/poll.h>
#include <linux/time_types.h>
#include <linux/utsname.h>

#include "kernel.h"

#ifndef INITD_VERSION
#error "the build says which version this is: -DINITD_VERSION=\"...\" (shim/build.py)"
#endif

#define PLAN_FILE "/etc/initd/start.plan"
#define PLAN_FORMAT "initd start plan 1, " INITD_VERSION

#define PLAN_LONGEST (128 * 1024)
#define PLAN_WORDS_AT_MOST 1000
#define PLAN_ADDITIONS_AT_MOST 500
/* The first of two of one name counts, and each is compared with those before it. */
#define PLAN_VARIABLES_AT_MOST 1024

#define PLAN_SHIM_PID 2
#define PLAN_REPORT_DESCRIPTOR 3
#define PLAN_REASON_SIZE 512
#define PLAN_READ_AT_ONCE 4096
#define PLAN_HOSTS_LONGEST (64 * 1024)
/* As long as an interpreter takes to start. */
#define PLAN_HEAD_START_NS 20000000
/* As long as a dynamic program takes from its exec to main. */
#define PLAN_MOMENT_NS 1000000

enum {
    PLAN_HEADER = 'H',
    PLAN_WORD = 'w',        /* conditions: the command line, in order */
    PLAN_VARIABLE = 'v',    /* NAME=VALUE is in the environment */
    PLAN_UNSET = 'u',       /* NAME is not */
    PLAN_PATH = 'f',        /* a file; what it is to hold comes next */
    PLAN_CONTENT = 'c',
    PLAN_ABSENT = 'a',      /* a file that is not there */
    PLAN_HOSTS = 'n',       /* the kernel's name is short, and has no domain in this file */
    PLAN_SET = 'S',         /* actions: NAME=VALUE for the app */
    PLAN_PROGRAM = 'P',     /* the shim's file */
    PLAN_ARGUMENT = 'A',    /* its command line, in order */
    PLAN_ON_TERMINAL = 'T', /* a word of it, where there is a terminal to hand over */
    PLAN_END = 'E',
};

/* Invariant: bytes[size] is 0, and all of it lies within the file. */
struct record {
    char kind;
    uint32_t size;
    char *bytes;
};

/* Invariant: at <= end. */
struct plan_reader {
    char *at, *end;
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
    int argument_count, addition_count;
    char *arguments[PLAN_WORDS_AT_MOST + 1];
    char *additions[PLAN_ADDITIONS_AT_MOST];
    char *environment[PLAN_VARIABLES_AT_MOST + PLAN_ADDITIONS_AT_MOST + 1];
    int terminal;

    char reason[PLAN_REASON_SIZE]; /* why it can't be used; "": there is none */
    char file[PLAN_LONGEST + 1];
};

/* ---- reading -------------------------------------------------------------------- */

static int next_record(struct plan_reader *reader, struct record *record)
{
    if (reader->end - reader->at < 6)
        return 0;
    const unsigned char *head = (const unsigned char *)reader->at;
    record->kind = (char)head[0];
    record->size = head[1] | (uint32_t)head[2] << 8 | (uint32_t)head[3] << 16 |
                   (uint32_t)head[4] << 24;
    record->bytes = reader->at + 5;
    if (record->size >= (size_t)(reader->end - record->bytes) || record->bytes[record->size])
        return 0;
    reader->at = record->bytes + record->size + 1;
    return 1;
}

static void plan_unusable(struct plan *plan, const char *what, const char *why)
{
    plan->reason[0] = 0;
    text_append(plan->reason, sizeof plan->reason, what);
    text_append(plan->reason, sizeof plan->reason, why);
}

/* ---- conditions ------------------------------------------------------------------ */

static const char *last_part(const char *path)
{
    const char *last = path;
    for (; *path; path++)
        if (*path == '/')
            last = path + 1;
    return last;
}

static size_t name_length(const char *variable)
{
    size_t length = 0;
    while (variable[length] && variable[length] != '=')
        length++;
    return length;
}

/* Where the variable of this name stands, with or without a value behind it; else where
 * the variables end. */
static char **given_variable(char **envp, const char *name)
{
    size_t length = name_length(name);
    for (; *envp; envp++) {
        size_t at = 0;
        while (at < length && (*envp)[at] == name[at])
            at++;
        if (at == length && (*envp)[at] == '=')
            break;
    }
    return envp;
}

static int is_own(const char *variable)
{
    return text_starts(variable, "INITD_");
}

/* A device or a pipe in the file's place neither blocks nor has these bytes. */
static long open_input(const char *path)
{
    return KERNEL(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0, 0);
}

static int same_bytes(const char *one, const char *other, size_t size)
{
    while (size && *one == *other)
        one++, other++, size--;
    return !size;
}

/* Byte for byte, and no more than these: a few kilobytes cost less than a sum of them,
 * which could be another file's too. */
static int holds(const char *path, const char *content, size_t size)
{
    char piece[PLAN_READ_AT_ONCE];
    long got, file = open_input(path);
    if (file < 0)
        return 0;
    while ((got = KERNEL(__NR_read, file, piece, sizeof piece, 0, 0)) > 0) {
        if ((size_t)got > size || !same_bytes(piece, content, (size_t)got))
            break;
        content += got;
        size -= (size_t)got;
    }
    KERNEL(__NR_close, file, 0, 0, 0, 0);
    return got == 0 && size == 0;
}

static int is_absent(const char *path)
{
    long there = KERNEL(__NR_faccessat, AT_FDCWD, path, 0, 0, 0);
    return there == -ENOENT || there == -ENOTDIR;
}

static int right_word(struct plan *plan, const struct record *record)
{
    int at = plan->words_seen++;
    const char *word = at < plan->argc ? plan->argv[at] : 0;
    if (word && text_equals(at ? word : last_part(word), record->bytes))
        return 1;
    plan_unusable(plan, "the command line", " is another one");
    return 0;
}

static int right_variable(struct plan *plan, const struct record *record)
{
    const char *given = *given_variable(plan->envp, record->bytes);
    plan->own_seen += is_own(record->bytes);
    if (given && text_equals(given, record->bytes))
        return 1;
    record->bytes[name_length(record->bytes)] = 0;
    plan_unusable(plan, record->bytes, given ? " has another value" : " is not set");
    return 0;
}

static int right_absence(struct plan *plan, const struct record *record)
{
    if (!*given_variable(plan->envp, record->bytes))
        return 1;
    plan_unusable(plan, record->bytes, " is set");
    return 0;
}

static int right_content(struct plan *plan, const struct record *record)
{
    if (plan->path && holds(plan->path, record->bytes, record->size))
        return 1;
    plan_unusable(plan, plan->path ? plan->path : "", " is another file than when the image was built");
    return 0;
}

static int right_no_file(struct plan *plan, const struct record *record)
{
    if (is_absent(record->bytes))
        return 1;
    plan_unusable(plan, record->bytes, " was not there when the image was built");
    return 0;
}

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter | 0x20) : letter;
}

/* Whether `name.` stands somewhere in the text, as initd/core/hostname_known.py looks. */
static int has_domain_of(const char *text, const char *name)
{
    for (; *text; text++) {
        size_t at = 0;
        while (name[at] && lower(text[at]) == lower(name[at]))
            at++;
        if (!name[at] && text[at] == '.')
            return 1;
    }
    return 0;
}

/* With one, or with a file that is too long to tell, what the app is to see, and whether it
 * resolves, is for Python to decide. */
static int right_name(struct plan *plan, const struct record *record)
{
    static struct new_utsname kernel_names;
    static char text[PLAN_HOSTS_LONGEST + 1];
    long size = 0, file = open_input(record->bytes);
    if (file >= 0) {
        size = KERNEL(__NR_read, file, text, PLAN_HOSTS_LONGEST, 0, 0);
        KERNEL(__NR_close, file, 0, 0, 0, 0);
    }
    text[size > 0 ? size : 0] = 0;
    if (KERNEL(__NR_uname, &kernel_names, 0, 0, 0, 0) == 0 && size < PLAN_HOSTS_LONGEST &&
        !has_domain_of(kernel_names.nodename, "") && !has_domain_of(text, kernel_names.nodename))
        return 1;
    plan_unusable(plan, "the host name", " is a full one, or has a domain in /etc/hosts");
    return 0;
}

/* ---- actions --------------------------------------------------------------------- */

static int take_addition(struct plan *plan, const struct record *record)
{
    if (plan->addition_count == PLAN_ADDITIONS_AT_MOST)
        return 0;
    plan->additions[plan->addition_count++] = record->bytes;
    return 1;
}

static int take_argument(struct plan *plan, const struct record *record)
{
    if (plan->argument_count == PLAN_WORDS_AT_MOST)
        return 0;
    plan->arguments[plan->argument_count++] = record->bytes;
    return 1;
}

/* As initd/linux/terminal.py asks. */
static int has_terminal(void)
{
    int group = 0;
    return KERNEL(__NR_ioctl, 0, TIOCGPGRP, &group, 0, 0) == 0 &&
           group == KERNEL(__NR_getpgid, 0, 0, 0, 0, 0);
}

/* ---- a plan ---------------------------------------------------------------------- */

static void begin_plan(struct plan *plan)
{
    plan->words_seen = plan->own_seen = 0;
    plan->path = 0;
    plan->shim = 0;
    plan->argument_count = plan->addition_count = plan->terminal = 0;
    plan_unusable(plan, PLAN_FILE, " is damaged");
}

/* Whether the record holds, or could be taken. */
static int take_record(struct plan *plan, const struct record *record)
{
    switch (record->kind) {
    case PLAN_WORD: return right_word(plan, record);
    case PLAN_VARIABLE: return right_variable(plan, record);
    case PLAN_UNSET: return right_absence(plan, record);
    case PLAN_PATH: plan->path = record->bytes; return 1;
    case PLAN_CONTENT: return right_content(plan, record);
    case PLAN_ABSENT: return right_no_file(plan, record);
    case PLAN_HOSTS: return right_name(plan, record);
    case PLAN_SET: return take_addition(plan, record);
    case PLAN_PROGRAM: plan->shim = record->bytes; return 1;
    case PLAN_ARGUMENT: return take_argument(plan, record);
    case PLAN_ON_TERMINAL:
        plan->terminal = has_terminal();
        return !plan->terminal || take_argument(plan, record);
    default: return 0;
    }
}

/* What can be told only when all of the conditions have been seen. */
static int is_complete(struct plan *plan)
{
    if (plan->words_seen != plan->argc)
        plan_unusable(plan, "the command line", " is another one");
    else if (plan->own_seen != plan->own_variables)
        plan_unusable(plan, "an INITD_ variable", " is set that the plan does not know");
    else if (!plan->shim || !plan->argument_count)
        plan_unusable(plan, PLAN_FILE, " is damaged");
    else if (KERNEL(__NR_faccessat, AT_FDCWD, plan->shim, 1 /* X_OK */, 0, 0) < 0)
        plan_unusable(plan, plan->shim, " is not there");
    else
        return 1;
    return 0;
}

/* The first plan of the file that holds; else the reason of the one that met most. */
static int find_plan(struct plan *plan, struct plan_reader *reader)
{
    struct record record;
    char nearest[PLAN_REASON_SIZE] = "";
    int met = 0, nearest_met = -1, usable = 1;

    begin_plan(plan);
    text_append(nearest, sizeof nearest, plan->reason);
    while (next_record(reader, &record)) {
        int at_end = record.kind == PLAN_END;
        if (usable && at_end && is_complete(plan))
            return 1;
        if (usable && !at_end && take_record(plan, &record)) {
            met++;
            continue;
        }
        if (usable && met > nearest_met) {
            nearest_met = met;
            nearest[0] = 0;
            text_append(nearest, sizeof nearest, plan->reason);
        }
        usable = at_end;
        if (at_end) {
            met = 0;
            begin_plan(plan);
        }
    }
    plan_unusable(plan, nearest, "");
    return 0;
}

/* ---- the app's environment ------------------------------------------------------- */

/* As initd/linux/environment.py has it: what is no NAME=VALUE is left out, and of two of
 * one name the first counts. Then what the plan sets, in its place or behind. */
static int make_environment(struct plan *plan)
{
    int count = 0;
    plan->environment[0] = 0;
    for (char **at = plan->envp; *at; at++) {
        size_t length = name_length(*at);
        if (!length || !(*at)[length] || *given_variable(plan->environment, *at))
            continue;
        if (count == PLAN_VARIABLES_AT_MOST) {
            plan_unusable(plan, "the environment", " has too many variables");
            return 0;
        }
        plan->environment[count++] = *at;
        plan->environment[count] = 0;
    }
    for (int i = 0; i < plan->addition_count; i++) {
        char **at = given_variable(plan->environment, plan->additions[i]);
        if (!*at)
            plan->environment[++count] = 0;
        *at = plan->additions[i];
    }
    return 1;
}

/* ---- the file -------------------------------------------------------------------- */

/* Whether one of the plans in a file holds: then everything is ready to be started. */
static int use_plan(struct plan *plan, char *file, size_t size)
{
    struct plan_reader reader = {file, file + size};
    struct record header;
    if (size > PLAN_LONGEST || !next_record(&reader, &header) || header.kind != PLAN_HEADER) {
        plan_unusable(plan, PLAN_FILE, " is damaged");
        return 0;
    }
    if (!text_equals(header.bytes, PLAN_FORMAT)) {
        plan_unusable(plan, PLAN_FILE, " is of another version of initd");
        return 0;
    }
    for (char **at = plan->envp; *at; at++)
        plan->own_variables += is_own(*at);
    if (!find_plan(plan, &reader))
        return 0;
    plan->arguments[plan->argument_count] = 0;
    return make_environment(plan);
}

/* What it says is executed with init's rights: whoever can write it has these. So it is
 * root's or init's own, and no one else may write it. */
static int only_root_writes(long file)
{
    struct stat state;
    return KERNEL(__NR_fstat, file, &state, 0, 0, 0) == 0 &&
           (state.st_uid == 0 || state.st_uid == (unsigned)KERNEL(__NR_geteuid, 0, 0, 0, 0, 0)) &&
           !(state.st_mode & 022 /* S_IWGRP | S_IWOTH */);
}

/* Where there is no file, nothing is said. */
static int read_plan(struct plan *plan)
{
    long size, file = open_input(PLAN_FILE);
    if (file == -ENOENT || file == -ENOTDIR)
        return 0;
    if (file < 0) {
        plan_unusable(plan, PLAN_FILE, " can't be read");
        return 0;
    }
    int trusted = only_root_writes(file);
    size = trusted ? KERNEL(__NR_read, file, plan->file, sizeof plan->file, 0, 0) : 0;
    KERNEL(__NR_close, file, 0, 0, 0, 0);
    if (trusted && size >= 0)
        return use_plan(plan, plan->file, (size_t)size);
    plan_unusable(plan, PLAN_FILE, trusted ? " can't be read" : " can be written by others than root");
    return 0;
}

/* ---- starting -------------------------------------------------------------------- */

struct shim_start {
    struct plan *plan;
    int report;
    volatile int failure;
};

/* In the child, which has its parent's memory until it has become the shim. */
__attribute__((noreturn, noinline)) static void become_shim(struct shim_start *start)
{
    if (start->report == PLAN_REPORT_DESCRIPTOR)
        KERNEL(__NR_fcntl, start->report, F_SETFD, 0, 0, 0);
    else
        KERNEL(__NR_dup3, start->report, PLAN_REPORT_DESCRIPTOR, 0, 0, 0);
    start->failure = (int)-KERNEL(__NR_execve, start->plan->shim, start->plan->arguments,
                                  start->plan->environment, 0, 0);
    leave(127);
}

/* The shim's pid, or -errno. This sleeps until the child is the shim: so nothing is
 * copied, and a program that can't be executed is known of in time. All signals are
 * blocked in the child as they are here, and the pid is asked for as init would
 * (initd/linux/process.py). */
__attribute__((noinline)) static long start_shim(struct plan *plan, int report)
{
    struct shim_start start = {plan, report, 0};
    int tid = PLAN_SHIM_PID;
    struct clone_args args = {
        .flags = CLONE_VM | CLONE_VFORK,
        .exit_signal = SIGNAL_CHLD,
        .set_tid = (uint64_t)(uintptr_t)&tid,
        .set_tid_size = 1,
    };
    long pid = KERNEL(__NR_clone3, &args, sizeof args, 0, 0, 0);
    if (pid < 0) /* not permitted, not known, or taken: then any pid will do */
        pid = KERNEL(__NR_clone, CLONE_VM | CLONE_VFORK | SIGNAL_CHLD, 0, 0, 0, 0);
    if (pid == 0)
        become_shim(&start);
    if (pid > 0 && start.failure) {
        KERNEL(__NR_wait4, pid, 0, 0, 0, 0);
        return -start.failure;
    }
    return pid;
}

/* Until the shim reports, or has had time enough, and then a moment more: the report says
 * that exec has begun, and who is woken by it would take the processor away just before the
 * app's first instruction, for a whole slice. What is reported stays in the pipe. */
static void give_head_start(int reports)
{
    struct pollfd watched = {reports, POLLIN, 0};
    struct __kernel_timespec patience = {0, PLAN_HEAD_START_NS};
    struct __kernel_timespec moment = {0, PLAN_MOMENT_NS};
    KERNEL(__NR_ppoll, &watched, 1, &patience, 0, 0);
    KERNEL(__NR_nanosleep, &moment, 0, 0, 0, 0);
}

static void put_number(char *text, size_t size, const char *before, long value)
{
    text_append(text, size, before);
    text_append_number(text, size, (unsigned)value);
}

static struct plan the_plan;

/* Starts by the plan where that can be done. What is to be handed on to Python, as the
 * value of its option -X (initd/init/handed_over.py); 0 where there is no plan.
 *
 * The reading end of the report pipe stays open across exec; the kernel keeps what is in
 * the pipe, and SIGCHLD, for Python to find. */
static const char *start_by_plan(int argc, char **argv, char **envp)
{
    static char handed[PLAN_REASON_SIZE + 32] = "initd=";
    struct plan *plan = &the_plan;
    int ends[2] = {-1, -1};
    long shim = -1;

    plan->argc = argc;
    plan->argv = argv;
    plan->envp = envp;
    if (read_plan(plan)) {
        shim = KERNEL(__NR_pipe2, ends, 0, 0, 0, 0);
        if (shim >= 0)
            shim = start_shim(plan, ends[1]);
        if (shim < 0)
            plan_unusable(plan, "the shim", " could not be started");
        if (ends[1] >= 0)
            KERNEL(__NR_close, ends[1], 0, 0, 0, 0);
    }
    if (shim > 0) {
        give_head_start(ends[0]);
        put_number(handed, sizeof handed, "started:", ends[0]);
        put_number(handed, sizeof handed, ":", shim);
        put_number(handed, sizeof handed, ":", plan->terminal);
        return handed;
    }
    if (ends[0] >= 0)
        KERNEL(__NR_close, ends[0], 0, 0, 0, 0);
    if (!plan->reason[0])
        return 0;
    text_append(handed, sizeof handed, "unused:");
    text_append(handed, sizeof handed, plan->reason);
    return handed;
}

#endif
