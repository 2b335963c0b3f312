#include "asleep.h"

#include <asm/poll.h>
#include <asm/siginfo.h>
#include <asm/socket.h>
#include <linux/errno.h>
#include <linux/signalfd.h>
#include <linux/time_types.h>
#include <linux/wait.h>

#include "contract.h"
#include "control_client.h"
#include "deliver.h"
#include "signals.h"
#include "sys.h"
#include "sys_socket.h"
#include "text.h"
#include "waiting.h"

#define CORPSES_AT_ONCE    64
#define CLIENT_PATIENCE_MS 1000
#define RETRY_MS           1000
#define WAKINGS_AT_MOST    3
#define LONGEST_ANSWER     2048
#define REQUEST_SIZE       128
#define MILLISECOND        1000000
#define SECOND             1000000000

/* The kernel's headers leave these to the C library. */
#define NON_BLOCKING  04000
#define CLOSE_ON_EXEC 02000000
#define PEEK          2
#define NO_SIGNAL     0x4000

/* siginfo of waitid, as far as it is used. */
struct child {
    int32_t signal, error, code, unused;
    int32_t pid, user, status;
    int32_t rest[25];
};

enum { ACTED_ON, DECIDED_ON, REPORTS, FOLLOWED, CONTROL, SOURCES };

struct sleeper {
    struct orders *orders;
    struct pollfd watched[SOURCES];
    int client;   /* one whose request is not complete; then no other is accepted */
    int more;     /* whether children are left to look at */
    int woken_by; /* 0: asleep */
    int without;  /* whether there is nobody to wake */
    int self;     /* the pid of this process */
    /* When to wake, in monotonic nanoseconds; 0: never. */
    uint64_t events_due, client_due;
    /* Without Python: what has ended, and the shim's wait status. */
    int app_is_gone, shim_is_gone, shim_status;
};

static uint64_t in_milliseconds(uint64_t count)
{
    return (uint64_t)monotonic_time() + count * MILLISECOND;
}

static void wake(struct sleeper *sleeper, int why)
{
    if (!sleeper->woken_by && !sleeper->without)
        sleeper->woken_by = why;
}

/* Where a list of permitted calls lacks what a sleep needs. */
static void wake_if_refused(struct sleeper *sleeper, int result)
{
    if (result == -ENOSYS || result == -EPERM)
        wake(sleeper, WOKEN_BY_REFUSAL);
}

/* For Python, which logs it: soon, but not before what may come with it. */
static void tell(struct sleeper *sleeper, struct happened event)
{
    struct orders *orders = sleeper->orders;

    if (sleeper->without || orders->event_count >= EVENTS_AT_MOST)
        return;
    event.when = (uint64_t)monotonic_time();
    orders->events[orders->event_count++] = event;
    sleeper->events_due = in_milliseconds(orders->linger);
    if (orders->event_count == EVENTS_AT_MOST)
        wake(sleeper, WOKEN_BY_EVENTS);
}

/* ---- signals ------------------------------------------------------------------------- */

static void pass_on(struct sleeper *sleeper, const struct signalfd_siginfo *signal)
{
    struct orders *orders = sleeper->orders;
    const struct order *order = &orders->signals[signal->ssi_signo];
    int result = order->to_group ? sys_kill(-orders->app, order->out)
                                 : deliver(orders->app_pidfd, orders->app, order->out);

    tell(sleeper, (struct happened){
                      .number = (int32_t)signal->ssi_signo,
                      .sender = (int32_t)signal->ssi_pid,
                      .user = signal->ssi_uid,
                      .sent = order->out,
                      .error = -result,
                  });
    if (order->does == ORDER_PASS_ON_AND_WAKE) {
        struct __kernel_timespec moment = {0, MILLISECOND};
        sys_nanosleep(&moment); /* the app first: an interpreter's start takes the processor */
        wake(sleeper, WOKEN_BY_SIGNAL);
    }
}

static int is_acted_on(const struct sleeper *sleeper, int number)
{
    const struct order *order = &sleeper->orders->signals[number];
    return order->does != ORDER_WAKE || (sleeper->without && order->out);
}

/* One at a time: after one that wakes Python, the rest stays pending. */
static void act_on_signal(struct sleeper *sleeper)
{
    struct signalfd_siginfo signal;

    if (sys_read(sleeper->watched[ACTED_ON].fd, &signal, sizeof signal) < 0)
        return;
    if (signal.ssi_signo == SIGNAL_CHLD)
        sleeper->more = 1;
    else if ((int)signal.ssi_pid != sleeper->self) /* not a SIGPIPE of our own, which is ignored */
        pass_on(sleeper, &signal);
}

static int open_signals(signal_set signals)
{
    return sys_signalfd4(-1, &signals, NON_BLOCKING | CLOSE_ON_EXEC);
}

/* ---- children ------------------------------------------------------------------------ */

/* Ends with the app's code, after which nothing is left to do. */
__attribute__((noreturn)) static void end_with(int status)
{
    sys_exit_group((status & 0x7f) ? EXIT_SIGNAL + (status & 0x7f) : status >> 8 & 0xff);
}

/* Orphans are reaped; what becomes of the app and of the shim is left for Python to see. */
static void look_at_children(struct sleeper *sleeper)
{
    struct orders *orders = sleeper->orders;
    const int changes = WEXITED | WSTOPPED | WCONTINUED | WNOHANG;

    for (int count = 0; count < CORPSES_AT_ONCE; count++) {
        struct child child = {0};
        int result = sys_waitid(P_ALL, 0, (struct siginfo *)&child, changes | WNOWAIT);
        if (result < 0 || !child.pid) {
            sleeper->more = 0;
            wake_if_refused(sleeper, result);
            return;
        }
        if (!sleeper->without && (child.pid == orders->app || child.pid == orders->shim)) {
            wake(sleeper, WOKEN_BY_CHILD);
            sleeper->more = 0;
            return;
        }
        int status = 0;
        sys_wait4(child.pid, &status, WNOHANG | WUNTRACED | WCONTINUED);
        if ((status & 0xff) == 0x7f || status == 0xffff) { /* it was stopped, or goes on */
            if (child.pid == orders->shim)
                sys_kill(child.pid, SIGNAL_CONT); /* it is to see the app's end */
            continue;
        }
        if (child.pid == orders->app)
            end_with(status);
        if (child.pid == orders->shim) {
            sleeper->shim_is_gone = 1;
            sleeper->shim_status = status;
            continue;
        }
        orders->orphans++;
        if (orders->tells_of_orphans)
            tell(sleeper,
                 (struct happened){.number = SIGNAL_CHLD, .sender = child.pid, .sent = status});
        if (sleeper->woken_by)
            return;
    }
}

/* ---- health -------------------------------------------------------------------------- */

static void hang_up(struct sleeper *sleeper)
{
    sys_close(sleeper->client);
    sleeper->client = -1;
    sleeper->client_due = 0;
}

/* 0 if these orders have no answer to it. */
static int answer_client(struct sleeper *sleeper, const char *request)
{
    struct orders *orders = sleeper->orders;
    char answer[LONGEST_ANSWER], taken[REQUEST_SIZE];
    uint64_t uptime = ((uint64_t)monotonic_time() - orders->app_since) / SECOND;
    size_t length = answer_by(orders, request, uptime, answer, sizeof answer);

    if (!length)
        return 0;
    /* Bytes left unread would reset the connection before the answer is read. */
    sys_read(sleeper->client, taken, sizeof taken);
    sys_sendto(sleeper->client, answer, length, NO_SIGNAL);
    hang_up(sleeper);
    orders->answered++;
    return 1;
}

static void hear_client(struct sleeper *sleeper)
{
    char request[REQUEST_SIZE];
    long length = sys_recv(sleeper->client, request, sizeof request - 1, PEEK);

    if (length == -EAGAIN)
        return;
    if (length <= 0) {
        hang_up(sleeper); /* as it has done itself */
        return;
    }
    request[length] = 0;
    if (!answer_client(sleeper, request))
        wake(sleeper, WOKEN_BY_CLIENT); /* Python reads it anew */
}

static int may_ask(int client)
{
    unsigned peer[3] = {0}; /* pid, uid, gid */
    int size = sizeof peer;
    if (sys_getsockopt(client, SOL_SOCKET, SO_PEERCRED, peer, &size) < 0)
        return 0;
    return peer[1] == 0 || peer[1] == sys_geteuid();
}

static void welcome_client(struct sleeper *sleeper)
{
    int client = sys_accept4(sleeper->watched[CONTROL].fd, NON_BLOCKING);
    sleeper->client_due = client == -EAGAIN ? 0 : in_milliseconds(CLIENT_PATIENCE_MS);
    if (client < 0)
        return; /* out of descriptors: nobody is welcome until then */
    sleeper->client = client;
    if (may_ask(client))
        hear_client(sleeper);
    else
        wake(sleeper, WOKEN_BY_CLIENT);
}

/* ---- without Python ------------------------------------------------------------------ */

/* Python could not be started. It is tried again for whatever it is to decide on, and after a
 * while; and once that has failed too often, this does the least that is right: passes signals on,
 * a stop's first step too, reaps, and ends with the app's exit code. */
static void go_without(struct sleeper *sleeper)
{
    struct orders *orders = sleeper->orders;

    sleeper->watched[REPORTS].fd = -1;
    sleeper->watched[FOLLOWED].fd = -1;
    sleeper->watched[CONTROL].fd = -1;
    if (!sleeper->without) {
        sleeper->events_due = in_milliseconds(RETRY_MS);
        return;
    }
    write_stderr("initd: cannot start its Python again, for lack of memory or of its files: from "
                 "now on it only passes signals on, reaps, and ends with the app's code\n");
    if (orders->client >= 0)
        sys_close(orders->client);
    sleeper->watched[DECIDED_ON].fd = -1;
    sleeper->watched[FOLLOWED].fd = orders->app_pidfd;
    sleeper->shim_is_gone = !orders->shim;
}

/* The app's corpse is mostly this process's to reap (look_at_children). Where it is another's,
 * the shim has ended with the app's code, if it has lived that long. */
static void see_whether_it_is_over(struct sleeper *sleeper)
{
    if (sleeper->watched[FOLLOWED].revents) {
        sleeper->app_is_gone = 1;
        sleeper->watched[FOLLOWED].fd = -1;
    }
    if (sleeper->app_is_gone && sleeper->shim_is_gone) {
        int status = sleeper->shim_status;
        sys_wait4(sleeper->orders->app, &status, WNOHANG);
        end_with(status);
    }
}

/* ---- sleeping ------------------------------------------------------------------------ */

static void set_watches(struct sleeper *sleeper)
{
    const struct orders *orders = sleeper->orders;
    signal_set acted_on = signal_bit(SIGNAL_CHLD);
    for (int number = 1; number < ORDERS_SIGNALS; number++)
        if (is_acted_on(sleeper, number))
            acted_on |= signal_bit(number);
    const int descriptors[SOURCES] = {
        [ACTED_ON] = open_signals(acted_on),
        [DECIDED_ON] = open_signals(ALL_SIGNALS & ~LIBCS_SIGNALS & ~acted_on),
        [REPORTS] = orders->reports,
        [FOLLOWED] = orders->followed,
        [CONTROL] = orders->control,
    };
    for (int i = 0; i < SOURCES; i++)
        sleeper->watched[i] = (struct pollfd){descriptors[i], POLLIN, 0};
    if (descriptors[ACTED_ON] < 0 && sleeper->without) { /* its stdin is nothing to it */
        sys_close(0);
        sleeper->watched[ACTED_ON].fd = open_signals(acted_on);
    }
    if (descriptors[ACTED_ON] < 0 || descriptors[DECIDED_ON] < 0)
        wake(sleeper, WOKEN_BY_REFUSAL);
}

static uint64_t next_due(const struct sleeper *sleeper)
{
    uint64_t one = sleeper->events_due, other = sleeper->client_due;
    return one && (one < other || !other) ? one : other;
}

/* Until something happens, or something is due. */
static int wait_for_news(struct sleeper *sleeper)
{
    int control = sleeper->watched[CONTROL].fd;

    if (sleeper->client_due)
        sleeper->watched[CONTROL].fd = sleeper->client;
    int found = sleeper->more ? look_at(sleeper->watched, SOURCES)
                              : wait_for(sleeper->watched, SOURCES, next_due(sleeper));
    sleeper->watched[CONTROL].fd = control;
    wake_if_refused(sleeper, found);
    return found;
}

static void see_to(struct sleeper *sleeper)
{
    const struct pollfd *watched = sleeper->watched;

    if (watched[ACTED_ON].revents)
        act_on_signal(sleeper);
    if (sleeper->more && !sleeper->woken_by)
        look_at_children(sleeper);
    if (watched[DECIDED_ON].revents)
        wake(sleeper, WOKEN_BY_SIGNAL);
    if (watched[REPORTS].revents || watched[FOLLOWED].revents)
        wake(sleeper, WOKEN_BY_REPORT);
    if (watched[CONTROL].revents && sleeper->client >= 0)
        hear_client(sleeper);
    else if (watched[CONTROL].revents)
        welcome_client(sleeper);
    if (sleeper->without)
        see_whether_it_is_over(sleeper);
}

static void wake_if_due(struct sleeper *sleeper)
{
    if (!sleeper->client_due && !sleeper->events_due)
        return;
    uint64_t now = (uint64_t)monotonic_time();
    if (sleeper->client_due && now >= sleeper->client_due)
        wake(sleeper, WOKEN_BY_CLIENT);
    if (sleeper->events_due && now >= sleeper->events_due)
        wake(sleeper, WOKEN_BY_EVENTS);
}

/* ---- the sleep itself ------------------------------------------------------------------ */

void sleep_by(struct orders *orders)
{
    struct sleeper sleeper = {.orders = orders, .client = -1, .more = 1, .self = sys_getpid()};

    sys_set_name("initd"); /* exec has named it as the file */
    sleeper.without = orders->wakings >= WAKINGS_AT_MOST;
    if (orders->wakings == 0) {
        orders->asleep_since = (uint64_t)monotonic_time();
        orders->client = -1;
    }
    set_watches(&sleeper);
    if (orders->wakings)
        go_without(&sleeper);
    while (!sleeper.woken_by) {
        int more = sleeper.more;
        if (wait_for_news(&sleeper) > 0 || more)
            see_to(&sleeper);
        if (!orders->wakings && hosts_have_changed(orders)) /* not worth one of its few tries */
            wake(&sleeper, WOKEN_BY_HOSTS);
        wake_if_due(&sleeper);
    }
    sys_close(sleeper.watched[ACTED_ON].fd);
    sys_close(sleeper.watched[DECIDED_ON].fd);
    orders->client = sleeper.client >= 0 ? sleeper.client : orders->client;
    orders->woken_by = (uint32_t)sleeper.woken_by;
    orders->woken_at = (uint64_t)monotonic_time();
    orders->wakings++;
}
