#include "early_start.h"

#include <asm/poll.h>
#include <linux/fcntl.h>
#include <linux/sched.h>
#include <linux/time_types.h>

#include "contract.h"
#include "first_sleep.h"
#include "handover.h"
#include "name_shown.h"
#include "pages.h"
#include "signals.h"
#include "start_plan.h"
#include "sys.h"
#include "text.h"

/* As long as an interpreter takes to start. */
#define HEAD_START_NS 20000000
/* As long as a dynamic program takes from its exec to main. */
#define MOMENT_NS         1000000
#define EXIT_NOT_EXECUTED 127 /* nobody sees it: pid 1 reaps this child right here */

struct shim_start {
    struct plan *plan;
    int report, number; /* the descriptor here, and in the shim */
    int reading;        /* the report pipe's other end, which the launcher keeps */
    volatile int failure;
};

/* In the child, which shares its parent's memory until it has become the shim. */
__attribute__((noreturn, noinline)) static void become_shim(struct shim_start *start)
{
    /* A shim that reports on another descriptor closes none of those that it is given. */
    if (start->number != REPORT_DESCRIPTOR)
        sys_close(start->reading);
    if (start->report == start->number)
        sys_fcntl(start->report, F_SETFD, 0);
    else
        sys_dup3(start->report, start->number, 0);
    start->failure =
        -sys_execve(start->plan->shim, start->plan->arguments, start->plan->environment);
    sys_exit_group(EXIT_NOT_EXECUTED);
}

/* The shim's pid, or -errno. This sleeps until the child has become the shim: no memory is
 * copied, and an error of exec is known in time. All signals are blocked in the child as
 * they are here, and the pid is requested as init would (initd/linux/own_process.py). */
__attribute__((noinline)) static int start_shim(struct plan *plan, const int ends[2], int number)
{
    struct shim_start start = {plan, ends[1], number, ends[0], 0};
    int tid = SHIM_PID;
    struct clone_args args = {
        .flags = CLONE_VM | CLONE_VFORK,
        .exit_signal = SIGNAL_CHLD,
        .set_tid = (uint64_t)(uintptr_t)&tid,
        .set_tid_size = 1,
    };
    int pid = sys_clone3(&args, sizeof args);
    if (pid < 0) /* not permitted, not supported, or taken: then any pid will do */
        pid = sys_clone(CLONE_VM | CLONE_VFORK | SIGNAL_CHLD);
    if (pid == 0)
        become_shim(&start);
    if (pid > 0 && start.failure) {
        sys_wait4(pid, 0, 0);
        return -start.failure;
    }
    return pid;
}

/* Waits until the shim reports, or has had enough time, and then a moment more: the report
 * says that exec has begun, and running now would take the processor away just before the
 * app's first instruction, for a whole slice. The report stays in the pipe. */
static void give_head_start(int reports)
{
    struct pollfd watched = {reports, POLLIN, 0};
    struct __kernel_timespec timeout = {0, HEAD_START_NS};
    struct __kernel_timespec moment = {0, MOMENT_NS};
    sys_ppoll(&watched, 1, &timeout);
    sys_nanosleep(&moment);
}

static void append_field(char *text, size_t size, const char *before, int value)
{
    text_append(text, size, before);
    text_append_number(text, size, (unsigned)value);
}

/* As initd/core/start/spawn_spec.py writes it: first of all, -f NUMBER. */
static void report_on(struct plan *plan, int number)
{
    static char text[12];
    text_append_number(text, sizeof text, (unsigned)number);
    for (int at = plan->argument_count; at > 0; at--)
        plan->arguments[at + 2] = plan->arguments[at];
    plan->arguments[1] = "-f";
    plan->arguments[2] = text;
    plan->argument_count += 2;
}

static struct plan the_plan;

/* Nothing of the plan is needed any more: its pages go back. */
static char *sleep_by_plan(struct invocation *invocation, int file)
{
    invocation->sleeps = 1;
    release_memory(&the_plan, sizeof the_plan);
    return woken_option(file);
}

char *start_by_plan(struct invocation *invocation)
{
    static char handed[PLAN_REASON_SIZE + 32] = HANDOVER_OPTION;
    struct plan *plan = &the_plan;
    struct shown shown = {-1, 0, 0};
    int ends[2] = {-1, -1};
    int shim = -1, file = -1;

    plan->argc = invocation->argc;
    plan->argv = invocation->argv;
    plan->envp = invocation->envp;
    if (read_plan(plan) && show_name(plan, &shown)) {
        int number = REPORT_DESCRIPTOR;
        shim = sys_pipe2(ends, 0);
        if (shim >= 0 && invocation->descriptors) {
            number = ends[1]; /* was free, so it is none of the app's */
            report_on(plan, number);
        }
        if (shim >= 0)
            shim = start_shim(plan, ends, number);
        if (shim < 0) {
            plan_unusable(plan, "the shim", " could not be started");
            withdraw_name(&shown);
        }
        if (ends[1] >= 0)
            sys_close(ends[1]);
    }
    if (shim > 0) {
        give_head_start(ends[0]);
        if (shown.control >= 0)
            sys_fcntl(shown.control, F_SETFD, 0);
        if (!invocation->descriptors)
            invocation->orders = prepare_sleep(plan, &shown, shim, ends[0], &file);
        if (invocation->orders)
            return sleep_by_plan(invocation, file);
        append_field(handed, sizeof handed, HANDOVER_STARTED, ends[0]);
        append_field(handed, sizeof handed, ":", shim);
        append_field(handed, sizeof handed, ":", plan->terminal);
        append_field(handed, sizeof handed, ":", plan->number);
        if (shown.control >= 0) {
            append_field(handed, sizeof handed, ":", shown.control);
            append_field(handed, sizeof handed, ":", shown.added);
        }
        return handed;
    }
    if (ends[0] >= 0)
        sys_close(ends[0]);
    if (!plan->reason[0])
        return 0;
    text_append(handed, sizeof handed, HANDOVER_UNUSED);
    text_append(handed, sizeof handed, plan->reason);
    return handed;
}
