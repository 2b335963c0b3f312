#include "start_plan.h"

#include <asm/ioctls.h>
#include <asm/stat.h>
#include <linux/errno.h>
#include <linux/fcntl.h>

#include "access.h"
#include "app_name.h"
#include "environment.h"
#include "orders.h"
#include "plan_conditions.h"
#include "sys.h"
#include "text.h"

#ifndef INITD_VERSION
#error "the build says which version this is: -DINITD_VERSION=\"...\" (shim/build.py)"
#endif

#define WRITABLE_BY_OTHERS 022 /* S_IWGRP | S_IWOTH */
#define PLAN_SEAL_SIZE     8

/* Invariant: at <= end. */
struct plan_reader {
    char *at, *end;
};

/* ---- records ------------------------------------------------------------------------ */

static int next_record(struct plan_reader *reader, struct record *record)
{
    if (reader->end - reader->at < 6)
        return 0;
    const unsigned char *head = (const unsigned char *)reader->at;
    record->kind = (char)head[0];
    record->size =
        head[1] | (uint32_t)head[2] << 8 | (uint32_t)head[3] << 16 | (uint32_t)head[4] << 24;
    record->bytes = reader->at + 5;
    if (record->size >= (size_t)(reader->end - record->bytes) || record->bytes[record->size])
        return 0;
    reader->at = record->bytes + record->size + 1;
    return 1;
}

void plan_unusable(struct plan *plan, const char *what, const char *why)
{
    plan->reason[0] = 0;
    text_append(plan->reason, sizeof plan->reason, what);
    text_append(plan->reason, sizeof plan->reason, why);
}

/* ---- actions ------------------------------------------------------------------------ */

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

/* Like initd/linux/terminal.py. */
int has_terminal(void)
{
    int group = 0;
    return sys_ioctl(0, TIOCGPGRP, &group) == 0 && group == sys_getpgid(0);
}

/* ---- plans -------------------------------------------------------------------------- */

static void begin_plan(struct plan *plan)
{
    plan->words_seen = plan->own_seen = 0;
    plan->path = 0;
    plan->shim = 0;
    plan->name[0] = 0;
    plan->library = plan->hosts = 0;
    plan->argument_count = plan->addition_count = plan->terminal = 0;
    plan->orders.size = plan->known.size = 0;
    plan->lines = plan->awake_if = "";
    plan->socket = 0;
    plan_unusable(plan, PLAN_FILE, " is damaged");
}

/* Whether the condition holds, or there was room for the action. */
static int take_record(struct plan *plan, const struct record *record)
{
    switch (record->kind) {
    case PLAN_WORD: return word_holds(plan, record);
    case PLAN_VARIABLE: return variable_holds(plan, record);
    case PLAN_UNSET: return unset_holds(plan, record);
    case PLAN_PATH: plan->path = record->bytes; return 1;
    case PLAN_CONTENT: return content_holds(plan, record);
    case PLAN_ABSENT: return absent_holds(plan, record);
    case PLAN_HOSTS: return hosts_hold(plan, record);
    case PLAN_NAME: return name_holds(plan, record);
    case PLAN_LIBRARY: return library_holds(plan, record);
    case PLAN_LISTED: plan->hosts = record->bytes; return 1;
    case PLAN_SET: return take_addition(plan, record);
    case PLAN_ORDERS: plan->orders = *record; return record->size <= ORDERS_SIZE;
    case PLAN_KNOWN: plan->known = *record; return 1;
    case PLAN_LINES: plan->lines = record->bytes; return 1;
    case PLAN_SOCKET: plan->socket = record->bytes; return 1;
    case PLAN_AWAKE_IF: plan->awake_if = record->bytes; return 1;
    case PLAN_PROGRAM: plan->shim = record->bytes; return 1;
    case PLAN_ARGUMENT: return take_argument(plan, record);
    case PLAN_ON_TERMINAL:
        plan->terminal = has_terminal();
        return !plan->terminal || take_argument(plan, record);
    default: return 0;
    }
}

/* The conditions that need all records of a plan. */
static int is_complete(struct plan *plan)
{
    if (plan->words_seen != plan->argc)
        plan_unusable(plan, "the command line", " differs");
    else if (plan->own_seen != plan->own_variables)
        plan_unusable(plan, "an INITD_ variable", " is set that is not in the plan");
    else if (!plan->shim || !plan->argument_count)
        plan_unusable(plan, PLAN_FILE, " is damaged");
    else if (access_to(plan->shim, ACCESS_EXECUTABLE) < 0)
        plan_unusable(plan, plan->shim, " is missing or not executable");
    else
        return 1;
    return 0;
}

/* Finds the first plan that holds. If none does, the reason is that of the plan that got
 * furthest. */
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
            plan->number++;
            begin_plan(plan);
        }
    }
    plan_unusable(plan, nearest, "");
    return 0;
}

/* ---- the app's environment ---------------------------------------------------------- */

/* Like initd/linux/environment.py: entries without NAME= are left out, and of two with the
 * same name the first counts. Then what the plan sets, in place of a variable or behind. */
static int make_environment(struct plan *plan)
{
    int count = 0;
    plan->environment[0] = 0;
    for (char **at = plan->envp; *at; at++) {
        size_t length = name_length(*at);
        if (!length || !(*at)[length] || *find_variable(plan->environment, *at))
            continue;
        if (count == PLAN_VARIABLES_AT_MOST) {
            plan_unusable(plan, "the environment", " has too many variables");
            return 0;
        }
        plan->environment[count++] = *at;
        plan->environment[count] = 0;
    }
    for (int i = 0; i < plan->addition_count; i++) {
        char **at = find_variable(plan->environment, plan->additions[i]);
        if (!*at)
            plan->environment[++count] = 0;
        *at = plan->additions[i];
    }
    return 1;
}

/* ---- the file ----------------------------------------------------------------------- */

static int take_header(struct plan *plan, struct plan_reader *reader)
{
    struct record header;
    if (reader->end - reader->at > PLAN_LONGEST || !next_record(reader, &header) ||
        header.kind != PLAN_HEADER)
        plan_unusable(plan, PLAN_FILE, " is damaged");
    else if (!text_equals(header.bytes, PLAN_FORMAT INITD_VERSION))
        plan_unusable(plan, PLAN_FILE, " was made by another version of initd");
    else
        return 1;
    return 0;
}

int use_plan(struct plan *plan, char *file, size_t size)
{
    struct plan_reader reader = {file, file + size};
    if (!take_header(plan, &reader))
        return 0;
    for (char **at = plan->envp; *at; at++)
        plan->own_variables += is_own(*at);
    if (!find_plan(plan, &reader))
        return 0;
    plan->arguments[plan->argument_count] = 0;
    return make_environment(plan) && set_name_variables(plan);
}

typedef uint64_t __attribute__((aligned(1), may_alias)) unaligned_word;

/* As initd/core/checksum.py has it: the sum of all words modulo 2^64 - 1, where what is carried
 * over the top counts as 1. */
static uint64_t checksum(const char *data, size_t size)
{
    uint64_t sum = 0, last = 0;
    const char *end = data + size;
    for (size_t left = size % 8; left; left--)
        last = last << 8 | (unsigned char)*--end;
    for (; data < end; data += 8) {
        uint64_t word = *(const unaligned_word *)data;
        sum += word;
        sum += sum < word;
    }
    sum += last;
    sum += sum < last;
    return sum == UINT64_MAX ? 0 : sum;
}

/* A bit that has flipped on a disk or in a registry starts something else. */
static int is_sound(const char *file, size_t size)
{
    return size >= PLAN_SEAL_SIZE && checksum(file, size - PLAN_SEAL_SIZE) ==
                                         *(const unaligned_word *)(file + size - PLAN_SEAL_SIZE);
}

/* What the file says is executed with init's rights. So it must belong to root or to init's
 * user, and nobody else may write to it. */
static int only_root_writes(int file)
{
    struct stat state;
    return sys_fstat(file, &state) == 0 && (state.st_uid == 0 || state.st_uid == sys_geteuid()) &&
           !(state.st_mode & WRITABLE_BY_OTHERS);
}

int read_plan(struct plan *plan)
{
    int file = open_input(PLAN_FILE);
    if (file == -ENOENT || file == -ENOTDIR)
        return 0;
    if (file < 0) {
        plan_unusable(plan, PLAN_FILE, " cannot be read");
        return 0;
    }
    int trusted = only_root_writes(file);
    long size = trusted ? sys_read(file, plan->file, sizeof plan->file) : 0;
    sys_close(file);
    struct plan_reader whole = {plan->file, plan->file + (size > 0 ? size : 0)};
    if (!trusted)
        plan_unusable(plan, PLAN_FILE, " is writable by users other than root");
    else if (size < 0)
        plan_unusable(plan, PLAN_FILE, " cannot be read");
    else if (!take_header(plan, &whole))
        return 0;
    else if (!is_sound(plan->file, (size_t)size))
        plan_unusable(plan, PLAN_FILE, " is damaged");
    else
        return use_plan(plan, plan->file, (size_t)size - PLAN_SEAL_SIZE);
    return 0;
}
