/* ppidshim, pid 2: stands between init and the app, so that the app never sees
 * ppid 1 and never takes itself for a daemon.
 *
 *     ppidshim [options] -- COMMAND [ARG...]
 *
 *     -i PID               init's pid, as this process sees it
 *     -d SIGNAL            what the app gets when init has been killed; 0: nothing
 *     -n PID               the pid to ask for, for the app (where permitted)
 *     -f DESCRIPTOR        where to report; what else is open is the app's to inherit
 *     -s                   a session of its own for the app; else a process group
 *     -S                   neither: the app stays in init's group
 *     -t                   hand the terminal on descriptor 0 to the app's group; with -s,
 *                          make it the controlling terminal of the app's session, if it
 *                          is nobody else's
 *     -B MASK -I MASK      signals that the app begins with blocked, and ignored, a bit each
 *     -e                   a file that is no program is a script of /bin/sh (execvp(3))
 *     -L                   LISTEN_PID is to be the app's pid (sd_listen_fds(3))
 *     -l NUMBER:SOFT:HARD  a resource limit, repeatable
 *     -p N                 the nice value, plus 20
 *     -o SCORE             the oom_score_adj
 *     -c MASK              capabilities to drop from every set, a bit each
 *     -N                   no_new_privs
 *     -u UID -g GID -G GID,GID...   user, group, supplementary groups
 *     -w DIRECTORY
 *     -m UMASK             octal
 *
 * It is told numbers only and decides nothing: init has looked up and checked
 * them. What happens to the app is reported on descriptor 3, see `struct
 * report`, and at the end the shim ends as the app did.
 *
 *     ppidshim -P
 *
 * is init itself, of a container without an app (catatonit -P): it reaps, and ends on INT
 * or TERM.
 *
 * The app's corpse is left to init: the shim looks at its status without
 * reaping it, so that the app's pid can't become another process before init
 * has heard of its end.
 */
#include "kernel.h"

#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/siginfo.h>
#include <linux/prctl.h>
#include <linux/resource.h>

#include "become.h"
#include "orders.h"
#include "report.h"

/* What the kernel sends the shim when init dies. Blocked and waited for, so
 * any number does; this one nobody has a use for here. */
#define PARENT_DEATH SIGNAL_HUP
#define INT_MAX 0x7fffffff
#define AWAITED (one_signal(SIGNAL_CHLD) | one_signal(PARENT_DEATH))

/* ---- reports ------------------------------------------------------------ */

static int reports = REPORT_DESCRIPTOR;

static void tell(int kind, int a, int b)
{
    /* Smaller than PIPE_BUF, so whole or not at all. Not at all means that
     * init is gone, and then there is nobody to tell. */
    struct report report = {kind, a, b};
    KERNEL(__NR_write, reports, &report, sizeof report, 0, 0);
}

/* ---- fork --------------------------------------------------------------- */

static long fork_with_pid(int wanted)
{
    int tid = wanted;
    struct clone_args args = {
        .exit_signal = SIGNAL_CHLD,
        .set_tid = (uint64_t)(uintptr_t)&tid,
        .set_tid_size = 1,
    };
    return KERNEL(__NR_clone3, &args, sizeof args, 0, 0, 0);
}

/* Not vfork: its parent sleeps until the child has executed, and a child that is
 * stopped just before (Ctrl-Z in the first moment) would leave both asleep. */
static long fork_app(int wanted_pid)
{
    /* Permitted only with CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE, and the
     * number may be taken: then any pid will do. */
    long pid = wanted_pid ? fork_with_pid(wanted_pid) : -EPERM;
    if (pid < 0)
        pid = KERNEL(__NR_clone, SIGNAL_CHLD, 0, 0, 0, 0);
    return pid;
}

/* ---- the shim's life ---------------------------------------------------- */

static void close_between(int first, int last)
{
    if (first > last || KERNEL(__NR_close_range, first, last, 0, 0, 0) >= 0)
        return;
    for (int descriptor = first; descriptor <= last && descriptor < 1024; descriptor++)
        KERNEL(__NR_close, descriptor, 0, 0, 0, 0); /* before Linux 5.9 */
}

static void close_inherited(void)
{
    KERNEL(__NR_fcntl, reports, F_SETFD, FD_CLOEXEC, 0, 0);
    if (reports == REPORT_DESCRIPTOR)
        close_between(REPORT_DESCRIPTOR + 1, INT_MAX);
}

/* A pipe on the app's stdout must close when the app closes it; so must what it
 * inherited beside. */
static void close_all_but_reports(void)
{
    close_between(0, reports - 1);
    close_between(reports + 1, INT_MAX);
}

static int init_is_gone(const struct orders *orders)
{
    return KERNEL(__NR_getppid, 0, 0, 0, 0, 0) != orders->init_pid;
}

/* Init was killed (as pid 1 the kernel would have taken everybody with it). A
 * killed master can't end its workers, so KILL goes to the whole group. */
static void follow_init(const struct orders *orders, int app)
{
    int target = orders->death_signal == SIGNAL_KILL ? -app : app;
    if (orders->death_signal)
        KERNEL(__NR_kill, target, orders->death_signal, 0, 0, 0);
}

static int wait_status(const siginfo_t *info)
{
    switch (info->si_code) {
    case CLD_EXITED: return (info->si_status & 0xff) << 8;
    case CLD_DUMPED: return info->si_status | 0x80;
    default: return info->si_status;
    }
}

/* One change of the app's state; returns 0 when there is none to report. */
static int look_at_app(int app, int *status)
{
    siginfo_t info = {0};
    int states = WEXITED | WSTOPPED | WCONTINUED | WNOHANG;
    if (KERNEL(__NR_waitid, P_PID, app, &info, states | WNOWAIT, 0) < 0 || info.si_pid != app)
        return 0;
    switch (info.si_code) {
    case CLD_TRAPPED:
    case CLD_STOPPED: tell(REPORT_STOPPED, info.si_status, 0); break;
    case CLD_CONTINUED: tell(REPORT_CONTINUED, 0, 0); break;
    default:
        *status = wait_status(&info);
        tell(REPORT_EXITED, *status, 0);
        return 1;
    }
    /* WNOWAIT left it to be seen again: take it, but never the end, which may
     * have come between the two calls and is init's to reap. */
    KERNEL(__NR_waitid, P_PID, app, &info, WSTOPPED | WCONTINUED | WNOHANG, 0);
    return 1;
}

/* A stop that meets the child on its way to the app is undone: there is nobody yet
 * who could be told of it. */
static void hurry_along(int app)
{
    siginfo_t info = {0};
    if (KERNEL(__NR_waitid, P_PID, app, &info, WSTOPPED | WNOHANG, 0) >= 0 && info.si_pid == app)
        KERNEL(__NR_kill, app, SIGNAL_CONT, 0, 0, 0);
}

/* Until the pipe closes, as exec does with it, or brings the child's complaint. */
static void await_exec(const struct orders *orders, int app, int complaints,
                       struct failure *failure)
{
    signal_set awaited = AWAITED;
    int signals = (int)KERNEL(__NR_signalfd4, -1, &awaited, sizeof awaited, O_CLOEXEC, 0);
    struct pollfd watched[] = {{complaints, POLLIN, 0}, {signals, POLLIN, 0}};

    for (;;) {
        KERNEL(__NR_ppoll, watched, 2, 0, 0, sizeof awaited);
        if (watched[0].revents)
            break;
        char taken[128]; /* struct signalfd_siginfo; the state itself is looked at */
        if (watched[1].revents)
            KERNEL(__NR_read, signals, taken, sizeof taken, 0, 0);
        if (init_is_gone(orders))
            follow_init(orders, app);
        hurry_along(app);
    }
    KERNEL(__NR_read, complaints, failure, sizeof *failure, 0, 0);
    KERNEL(__NR_close, signals, 0, 0, 0, 0);
    KERNEL(__NR_close, complaints, 0, 0, 0, 0);
}

static int watch(const struct orders *orders, int app)
{
    signal_set awaited = AWAITED;
    int status = -1, followed = 0;

    for (;;) {
        while (status < 0 && look_at_app(app, &status)) {
        }
        if (status >= 0)
            return status;
        if (!followed && init_is_gone(orders)) {
            follow_init(orders, app);
            followed = 1;
        }
        KERNEL(__NR_rt_sigtimedwait, &awaited, 0, 0, sizeof awaited, 0);
    }
}

static int end_as(int status)
{
    int number = status & 0x7f;
    if (number) {
        /* The app has left its core, if any; the shim's would overwrite it. */
        struct rlimit64 none = {0, 0};
        KERNEL(__NR_prlimit64, 0, RLIMIT_CORE, &none, 0, 0);
        KERNEL(__NR_kill, KERNEL(__NR_getpid, 0, 0, 0, 0, 0), number, 0, 0, 0);
        set_signal_mask(0);
        return 128 + number; /* a signal whose default action does not end a process */
    }
    return status >> 8;
}

/* Nothing to run: as init of a pause container, whose namespaces other containers share. */
static int pause_for_ever(void)
{
    signal_set awaited = one_signal(SIGNAL_CHLD) | one_signal(SIGNAL_INT) | one_signal(SIGNAL_TERM);

    for (;;) {
        while (KERNEL(__NR_wait4, -1, 0, WNOHANG, 0, 0) > 0) {
        }
        long signal = KERNEL(__NR_rt_sigtimedwait, &awaited, 0, 0, sizeof awaited, 0);
        if (signal == SIGNAL_INT || signal == SIGNAL_TERM)
            return 0;
    }
}

static struct orders orders;

int program(int argc, char **argv, char **envp)
{
    set_signal_mask(ALL_SIGNALS);
    default_dispositions();
    if (argc == 2 && text_equals(argv[1], "-P"))
        return pause_for_ever();
    if (!read_orders(&orders, argv)) {
        complain("ppidshim: bad orders; it is started by initd and by nobody else\n");
        return EXIT_SHIM;
    }
    reports = orders.report;
    KERNEL(__NR_prctl, PR_SET_PDEATHSIG, PARENT_DEATH, 0, 0, 0);
    close_inherited();

    int complaints[2];
    struct failure failure = {STAGE_FORK, 0};
    long app = KERNEL(__NR_pipe2, complaints, O_CLOEXEC, 0, 0, 0);
    if (app >= 0)
        app = fork_app(orders.wanted_pid);
    if (app == 0)
        become_app(&orders, complaints[1], envp);
    if (app < 0) {
        failure.error = (int)-app;
    } else {
        KERNEL(__NR_close, complaints[1], 0, 0, 0, 0);
        await_exec(&orders, (int)app, complaints[0], &failure);
    }
    if (failure.error) {
        tell(REPORT_FAILED, failure.stage, failure.error);
        /* Nothing of a failed start is to be left for init to sweep. */
        if (app > 0) {
            KERNEL(__NR_kill, app, SIGNAL_KILL, 0, 0, 0);
            KERNEL(__NR_waitid, P_PID, app, 0, WEXITED, 0);
        }
        return EXIT_SHIM;
    }
    tell(REPORT_STARTED, (int)app, 0);
    close_all_but_reports();
    return end_as(watch(&orders, (int)app));
}
