/* ppidshim, pid 2: stands between init and the app. With a parent that is not pid 1, the app
 * does not take itself for a daemon.
 *
 *     ppidshim [options] -- COMMAND [ARG...]
 *
 *     -i PID               init's pid, as this process sees it
 *     -d SIGNAL            what the app gets if init is killed; 0: nothing
 *     -n PID               the pid to request for the app (where permitted)
 *     -f DESCRIPTOR        where to report instead of on 3; then the app inherits all others
 *     -E DESCRIPTOR        where the app's process reads its secrets (secrets.h), not 3
 *     -s                   a session of its own for the app; else a process group
 *     -S                   neither: the app stays in init's group
 *     -t                   hand the terminal on descriptor 0 to the app's group; with -s,
 *                          make it the controlling terminal of the app's session, if it
 *                          is not another session's
 *     -B MASK -I MASK      signals that the app starts with blocked, and ignored, a bit each
 *     -e                   run a file that the kernel can't execute by /bin/sh (execvp(3))
 *     -l NUMBER:SOFT:HARD  a resource limit, repeatable
 *     -p N                 the nice value, plus 20
 *     -o SCORE             the oom_score_adj
 *     -c MASK              capabilities to drop from every set, a bit each
 *     -N                   no_new_privs
 *     -u UID -g GID -G GID,GID...   user, group, supplementary groups
 *     -w DIRECTORY
 *     -m UMASK             octal
 *
 * It gets numbers only and decides nothing: init has looked up and checked them. It reports
 * what happens to the app on descriptor 3 (report.h), and exits as the app did.
 *
 *     ppidshim -P
 *
 * is the init of a container without an app (catatonit -P): it reaps, and exits on INT or TERM.
 *
 * Init reaps the app, not the shim, which only looks at its status: so the app's pid can't be
 * reused before init knows of its end. */
#include <asm/poll.h>
#include <asm/siginfo.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/time_types.h>
#include <linux/wait.h>

#include "become.h"
#include "command_line.h"
#include "contract.h"
#include "entry.h"
#include "options.h"
#include "report.h"
#include "signals.h"
#include "sys.h"
#include "text.h"

/* What the kernel sends the shim when init dies. It is blocked and waited for, so any number
 * would do; this one has no other use here. */
#define PARENT_DEATH SIGNAL_HUP
#define INT_MAX      0x7fffffff
#define AWAITED      (signal_bit(SIGNAL_CHLD) | signal_bit(PARENT_DEATH))
#define INTERRUPTS   (signal_bit(SIGNAL_INT) | signal_bit(SIGNAL_QUIT))

/* ---- reports ------------------------------------------------------------ */

static int reports = REPORT_DESCRIPTOR;

static void send_report(int kind, int a, int b)
{
    /* Smaller than PIPE_BUF: written whole, or not at all if init is gone, and then there is
     * nobody to tell. */
    struct report report = {kind, a, b};
    sys_write(reports, &report, sizeof report);
}

/* ---- fork --------------------------------------------------------------- */

static int fork_with_pid(int wanted)
{
    int tid = wanted;
    struct clone_args args = {
        .exit_signal = SIGNAL_CHLD,
        .set_tid = (uint64_t)(uintptr_t)&tid,
        .set_tid_size = 1,
    };
    return sys_clone3(&args, sizeof args);
}

/* Not vfork, whose parent sleeps until the child has executed: if the child is stopped just
 * before (Ctrl-Z in the first moment), both would sleep. */
static int fork_app(int wanted_pid)
{
    /* Permitted only with CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE, and the
     * number may be taken: then any pid will do. */
    int pid = wanted_pid ? fork_with_pid(wanted_pid) : -EPERM;
    if (pid < 0)
        pid = sys_clone(SIGNAL_CHLD);
    return pid;
}

/* ---- the shim's life ---------------------------------------------------- */

static void close_between(int first, int last)
{
    if (first > last || sys_close_range((unsigned)first, (unsigned)last) >= 0)
        return;
    for (int descriptor = first; descriptor <= last && descriptor < 1024; descriptor++)
        sys_close(descriptor); /* before Linux 5.9 */
}

static void close_inherited(const struct options *options)
{
    sys_fcntl(reports, F_SETFD, FD_CLOEXEC);
    if (options->secrets)
        sys_fcntl(options->secrets, F_SETFD, FD_CLOEXEC);
    if (reports != REPORT_DESCRIPTOR)
        return;
    if (options->secrets)
        close_between(REPORT_DESCRIPTOR + 1, options->secrets - 1);
    close_between((options->secrets ? options->secrets : REPORT_DESCRIPTOR) + 1, INT_MAX);
}

/* The directory may be on a mount, and the app is not to find its parent in it: so this comes
 * before the app. Where it could not be entered again, the shim leaves it later. */
static void leave_directory(struct options *options)
{
    int returns = !options->directory || options->directory[0] != '/';
    int here = returns ? sys_openat(AT_FDCWD, ".", O_PATH | O_CLOEXEC) : 0;
    if (returns && (here <= 0 || sys_fchdir(here) < 0))
        return;
    options->left = here;
    sys_chdir("/");
}

/* A pipe on the app's stdout must close when the app closes it; so must all else that it
 * inherited. */
static void close_all_but_reports(void)
{
    close_between(0, reports - 1);
    close_between(reports + 1, INT_MAX);
}

static int init_is_gone(const struct options *options)
{
    return sys_getppid() != options->init_pid;
}

/* Init was killed. (If it was pid 1, the kernel has killed everything.) A killed app can't
 * end its workers, so KILL goes to the whole group. */
static void follow_init(const struct options *options, int app)
{
    int target = options->death_signal == SIGNAL_KILL ? -app : app;
    if (options->death_signal)
        sys_kill(target, options->death_signal);
}

static int wait_status(const siginfo_t *info)
{
    switch (info->si_code) {
    case CLD_EXITED: return (info->si_status & 0xff) << 8;
    case CLD_DUMPED: return info->si_status | 0x80;
    default: return info->si_status;
    }
}

/* Of INT and QUIT, what the terminal has sent; not what processes send to the group, init among
 * them. */
static void report_interrupt(int number, const siginfo_t *info)
{
    if (number > 0 && (signal_bit(number) & INTERRUPTS) && info->si_code == SI_KERNEL)
        send_report(REPORT_INTERRUPTED, number, 0);
}

static void report_pending_interrupts(void)
{
    signal_set interrupts = INTERRUPTS;
    const struct __kernel_timespec none = {0, 0};
    siginfo_t info;
    int number;
    while ((number = sys_rt_sigtimedwait(&interrupts, &info, &none)) > 0)
        report_interrupt(number, &info);
}

static void report_end(int status)
{
    report_pending_interrupts(); /* first: it may be why the app has ended */
    send_report(REPORT_EXITED, status, 0);
}

/* Where a list of permitted calls lacks waitid, it is the shim that reaps the app. */
static int wait_for_app(int app, int *status)
{
    int seen;
    if (sys_wait4(app, &seen, WNOHANG | WUNTRACED | WCONTINUED) != app)
        return 0;
    if ((seen & 0xff) == 0x7f) {
        send_report(REPORT_STOPPED, seen >> 8 & 0xff, 0);
    } else if (seen == 0xffff) {
        send_report(REPORT_CONTINUED, 0, 0);
    } else {
        *status = seen;
        report_end(seen);
    }
    return 1;
}

/* Reports one change of the app's state; returns 0 if there is none. */
static int look_at_app(int app, int *status)
{
    siginfo_t info = {0};
    int states = WEXITED | WSTOPPED | WCONTINUED | WNOHANG;
    int result = sys_waitid(P_PID, app, &info, states | WNOWAIT);
    if (result == -ENOSYS || result == -EPERM)
        return wait_for_app(app, status);
    if (result < 0 || info.si_pid != app)
        return 0;
    switch (info.si_code) {
    case CLD_TRAPPED:
    case CLD_STOPPED: send_report(REPORT_STOPPED, info.si_status, 0); break;
    case CLD_CONTINUED: send_report(REPORT_CONTINUED, 0, 0); break;
    default:
        *status = wait_status(&info);
        report_end(*status);
        return 1;
    }
    /* WNOWAIT has left it in place: take it, but nothing else that may have come between the
     * two calls: a stop is still to be reported, and an exit is for init to reap. */
    int seen = info.si_code == CLD_CONTINUED ? WCONTINUED : WSTOPPED;
    sys_waitid(P_PID, app, &info, seen | WNOHANG);
    return 1;
}

/* If the child is stopped before exec, it is continued: nobody can be told of the stop yet. */
static void hurry_along(int app)
{
    siginfo_t info = {0};
    if (sys_waitid(P_PID, app, &info, WSTOPPED | WNOHANG) >= 0 && info.si_pid == app)
        sys_kill(app, SIGNAL_CONT);
}

/* Until exec closes the pipe, or the child writes why it failed. */
static void await_exec(const struct options *options, int app, int failures,
                       struct failure *failure)
{
    signal_set awaited = AWAITED;
    int signals = sys_signalfd4(-1, &awaited, O_CLOEXEC);
    struct pollfd watched[] = {{failures, POLLIN, 0}, {signals, POLLIN, 0}};

    for (;;) {
        /* Where a list of permitted calls lacks ppoll, the read below waits, for exec alone. */
        if (sys_ppoll(watched, 2, 0) < 0 || watched[0].revents)
            break;
        if (watched[1].revents) {
            char taken[128]; /* struct signalfd_siginfo, which is not used */
            sys_read(signals, taken, sizeof taken);
        }
        if (init_is_gone(options))
            follow_init(options, app);
        hurry_along(app);
    }
    sys_read(failures, failure, sizeof *failure);
    sys_close(signals);
    sys_close(failures);
}

/* A terminal signals the app's group, and init would never know. In that group too, the shim
 * gets the same: before the app can be executed, so that no Ctrl-C is missed. The app makes the
 * group as well, and whichever of the two is later changes nothing. */
static void join_group(const struct options *options, int app)
{
    if (!options->terminal || options->session)
        return;
    sys_setpgid(app, app);
    sys_setpgid(0, app);
}

static int watch(const struct options *options, int app)
{
    signal_set awaited = AWAITED | INTERRUPTS;
    int status = -1, followed = 0;

    for (;;) {
        while (status < 0 && look_at_app(app, &status)) {
        }
        if (status >= 0)
            return status;
        if (!followed && init_is_gone(options)) {
            follow_init(options, app);
            followed = 1;
        }
        siginfo_t info;
        int number = sys_rt_sigtimedwait(&awaited, &info, 0);
        report_interrupt(number, &info);
        if (number == -ENOSYS || number == -EPERM) /* a list of permitted calls lacks it */
            sys_waitid(P_PID, app, 0, WEXITED | WSTOPPED | WCONTINUED | WNOWAIT);
    }
}

static int end_as(int status)
{
    int number = status & 0x7f;
    if (number) {
        /* The shim's core would overwrite the app's. */
        struct rlimit64 none = {0, 0};
        sys_prlimit64(0, RLIMIT_CORE, &none);
        sys_kill(sys_getpid(), number);
        set_signal_mask(0);
        return EXIT_SIGNAL + number; /* if the signal's default action does not end a process */
    }
    return status >> 8;
}

/* The init of a pause container, whose namespaces other containers share. */
static int pause_for_ever(void)
{
    signal_set awaited = signal_bit(SIGNAL_CHLD) | signal_bit(SIGNAL_INT) | signal_bit(SIGNAL_TERM);

    for (;;) {
        while (sys_wait4(-1, 0, WNOHANG) > 0) {
        }
        int number = sys_rt_sigtimedwait(&awaited, 0, 0);
        if (number == SIGNAL_INT || number == SIGNAL_TERM)
            return 0;
    }
}

static struct options options;

int program(int argc, char **argv, char **envp)
{
    set_signal_mask(ALL_SIGNALS);
    for (int number = 1; number <= SIGNAL_LAST; number++)
        reset_disposition(number);
    if (argc == 2 && text_equals(argv[1], "-P"))
        return pause_for_ever();
    if (!read_options(&options, argv)) {
        write_stderr("ppidshim: invalid arguments (internal program, run by initd)\n");
        return EXIT_OWN;
    }
    reports = options.report;
    sys_prctl(PR_SET_PDEATHSIG, PARENT_DEATH);
    close_inherited(&options);
    leave_directory(&options);

    int failures[2];
    struct failure failure = {STAGE_FORK, 0};
    int app = sys_pipe2(failures, O_CLOEXEC);
    if (app >= 0)
        app = fork_app(options.wanted_pid);
    if (app == 0)
        become_app(&options, failures[1], envp);
    hide_words(argv); /* these are the app's, which has its own copy */
    wipe_variables(envp);
    if (app < 0) {
        failure.error = -app;
    } else {
        sys_close(failures[1]);
        join_group(&options, app);
        await_exec(&options, app, failures[0], &failure);
    }
    if (failure.error) {
        send_report(REPORT_FAILED, failure.stage, failure.error);
        /* A failed start leaves nothing behind for init to clean up. */
        if (app > 0) {
            sys_kill(app, SIGNAL_KILL);
            sys_wait4(app, 0, 0);
        }
        return EXIT_OWN;
    }
    send_report(REPORT_STARTED, app, 0);
    close_all_but_reports();
    if (!options.left)
        sys_chdir("/");
    return end_as(watch(&options, app));
}
