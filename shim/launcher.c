/* initd, the file: what the kernel execs as pid 1.
 *
 * The kernel drops a signal that pid 1 has no handler for, such as a SIGTERM that arrives
 * while an interpreter starts. A blocked signal stays pending instead, across exec too. So
 * this program blocks signals before anything else, and then becomes the Python that belongs
 * to it:
 *
 *     PREFIX/bin/initd                                      this file
 *     PREFIX/lib/python3.N/{site,dist}-packages/initd       its package, or lib64
 *     PREFIX/bin/python3.N, else PREFIX/bin/python3,
 *     else /usr/local/bin/python3.N, else /usr/bin/python3.N
 *
 * PREFIX is where this file is. If it was copied or mounted without its package (as dockerd
 * mounts its --init-path at /sbin/docker-init), /usr/local, /usr and /opt/initd are searched
 * as well: python.c.
 *
 * Called by the name of another init (a link, a mount), it tells Python so: `--as NAME`
 * comes first, see initd/cli/drop_in.py and docs/drop-in.md.
 *
 * Open descriptors are the app's (descriptors.h): they stay open across exec, and Python is
 * told of them.
 *
 * Python runs isolated and without `site`: environment variables of the app must not reach
 * init, and `site` costs milliseconds and megabytes.
 *
 * `initd health` is answered without any Python: health.h. And where `initd compile` has
 * left a start plan, the app starts before Python does, or without it: start_plan.h. */
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>

#include "asleep.h"
#include "command_line.h"
#include "contract.h"
#include "descriptors.h"
#include "entry.h"
#include "handover.h"
#include "health.h"
#include "launcher.h"
#include "pages.h"
#include "python.h"
#include "signals.h"
#include "sys.h"
#include "text.h"

/* If there is no /dev/null: the reading end of a pipe that nobody writes to. It reads as
 * empty, and refuses writes. (A directory would do, but Python does not start with one as
 * its stdin.) */
static void open_nothing(void)
{
    int ends[2];
    if (sys_pipe2(ends, 0) == 0)
        sys_close(ends[1]);
}

/* Descriptors 0, 1 and 2 must exist, or the first file that init opens becomes the app's
 * stderr. */
static void open_standard_descriptors(void)
{
    for (int descriptor = 0; descriptor <= 2; descriptor++)
        if (sys_fcntl(descriptor, F_GETFD, 0) == -EBADF &&
            sys_openat(AT_FDCWD, "/dev/null", O_RDWR) < 0)
            open_nothing();
}

static signal_set ignored_signals(void)
{
    signal_set ignored = 0;
    for (int number = 1; number <= SIGNAL_LAST; number++) {
        struct signal_action action = {0};
        sys_rt_sigaction(number, 0, &action);
        if (action.handler == SIGNAL_IGNORED)
            ignored |= signal_bit(number);
    }
    return ignored;
}

static int is_peer(const char *name)
{
    static const char *const peers[] = {PEERS};
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++)
        if (name[0] == peers[i][0] && text_equals(name, peers[i]))
            return 1;
    return 0;
}

/* An interpreter that finds no memory ends, and so would the container. What it maps as it starts,
 * at most. */
#define ROOM_OF_PYTHON (32 << 20)

static int has_room_for_python(void)
{
    long room = sys_mmap(ROOM_OF_PYTHON, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
    return !(room < 0 && room > -4096) && sys_munmap(room, ROOM_OF_PYTHON) == 0;
}

/* Nor does one start that finds no descriptor: what is open at once until it waits again. */
#define DESCRIPTORS_OF_PYTHON 4

static int has_descriptors_for_python(void)
{
    int opened[DESCRIPTORS_OF_PYTHON], count = 0;

    while (count < DESCRIPTORS_OF_PYTHON && (opened[count] = sys_fcntl(2, F_DUPFD, 0)) >= 0)
        count++;
    for (int i = 0; i < count; i++)
        sys_close(opened[i]);
    return count == DESCRIPTORS_OF_PYTHON;
}

/* Until it has to be Python again; and again where that can't be had. */
__attribute__((noreturn)) static void sleep_and_wake(struct invocation *invocation)
{
    for (;;) {
        release_stack();
        char *end = hide_words(invocation->argv);
        sleep_by(invocation->orders);
        show_words(end); /* Python is to have them */
        if (has_room_for_python() && has_descriptors_for_python())
            become_python(invocation);
    }
}

/* The file was replaced between falling asleep and here. An ordinary start would start the app a
 * second time. */
__attribute__((noreturn)) static void wait_for_the_rest(void)
{
    write_stderr(
        "initd: fell asleep as another version, whose orders this one cannot read: it reaps "
        "what ends, passes no signals on, and exits after the last process\n");
    while (sys_wait4(-1, 0, 0) > 0) {
    }
    sys_exit_group(EXIT_OWN);
}

/* Pid 1 has fallen asleep, or this is an ordinary start. */
static void sleep_first(struct invocation *invocation)
{
    int descriptor;

    invocation->orders = find_orders(invocation->envp, &descriptor);
    if (!invocation->orders && has_fallen_asleep(invocation->envp))
        wait_for_the_rest();
    if (!invocation->orders)
        return;
    invocation->woken = woken_option(descriptor);
    sleep_and_wake(invocation);
}

int launch(const char *name, int argc, char **argv, char **envp)
{
    struct invocation invocation = {.argc = argc, .argv = argv, .envp = envp};
    signal_set mask = ALL_SIGNALS;
    sys_rt_sigprocmask(SIGNAL_SET_MASK, &mask, &invocation.blocked);
    invocation.as_peer = is_peer(name);
    sleep_first(&invocation);

    open_standard_descriptors();
    if (invocation.as_peer)
        invocation.ignored = ignored_signals();
    /* If SIGCHLD was ignored before, which exec keeps, the kernel would reap in init's place,
     * and the exit status of an app that outlived the shim would be lost. */
    reset_disposition(SIGNAL_CHLD);
    if (!invocation.as_peer && argc > 1 && text_equals(argv[1], HEALTH_VERB)) {
        int code = health(argv + 2, envp);
        if (code != NOT_UNDERSTOOD)
            return code;
    }
    invocation.descriptors = inherited_descriptors();
    become_python(&invocation);
    if (invocation.sleeps) {
        invocation.sleeps = 0;
        sleep_and_wake(&invocation);
    }
    return EXIT_OWN;
}

int program(int argc, char **argv, char **envp)
{
    return launch(argc ? base_name(argv[0]) : "", argc, argv, envp);
}
