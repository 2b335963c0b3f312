#include "asleep.h"

#include <asm/poll.h>
#include <asm/siginfo.h>
#include <asm/socket.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/signalfd.h>
#include <linux/time_types.h>
#include <linux/wait.h>

#include "contract.h"
#include "control_client.h"
#include "environment.h"
#include "signals.h"
#include "sys.h"
#include "text.h"

#define SEALS              (F_SEAL_SHRINK | F_SEAL_GROW)
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
    uint64_t due; /* monotonic nanoseconds: wake then; 0: never */
};

static void wake(struct sleeper *sleeper, int why)
{
    if (!sleeper->woken_by && !sleeper->without)
        sleeper->woken_by = why;
}

/* For Python, which logs it: soon, but not before what may come with it. */
static void tell(struct sleeper *sleeper, struct happened event)
{
    struct orders *orders = sleeper->orders;

    if (sleeper->without)
        return;
    event.when = (uint64_t)monotonic_time();
    orders->events[orders->event_count++] = event;
    sleeper->due = event.when + (uint64_t)orders->linger * MILLISECOND;
    if (orders->event_count == EVENTS_AT_MOST)
        wake(sleeper, WOKEN_BY_EVENTS);
}

/* ---- the orders ---------------------------------------------------------------------- */

struct orders *find_orders(char **envp, int *descriptor)
{
    const char *value = environment_value(envp, ORDERS_VARIABLE "=");
    int fd = 0;

    if (!value || !*value)
        return 0;
    for (; *value; value++) {
        if (*value < '0' || *value > '9' || fd > 99999999)
            return 0;
        fd = fd * 10 + (*value - '0');
    }
    if (sys_fcntl(fd, F_GET_SEALS, 0) != SEALS)
        return 0;
    long at = sys_mmap_file(ORDERS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
    struct orders *orders = (struct orders *)at;
    if (at < 0 && at > -4096)
        return 0;
    *descriptor = fd;
    return text_equals(orders->format, ORDERS_FORMAT) ? orders : 0;
}

/* ---- signals ------------------------------------------------------------------------- */

static int send_to_app(const struct orders *orders, int number, int to_group)
{
    if (to_group)
        return sys_kill(-orders->app, number);
    return orders->app_pidfd >= 0 ? sys_pidfd_send_signal(orders->app_pidfd, number)
                                  : sys_kill(orders->app, number);
}

static void pass_on(struct sleeper *sleeper, const struct signalfd_siginfo *signal)
{
    struct orders *orders = sleeper->orders;
    const struct order *order = &orders->signals[signal->ssi_signo];
    int result = send_to_app(orders, order->out, order->to_group);

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
        if (sys_waitid(P_ALL, 0, (struct siginfo *)&child, changes | WNOWAIT) < 0 || !child.pid) {
            sleeper->more = 0;
            return;
        }
        if (!sleeper->without && (child.pid == orders->app || child.pid == orders->shim)) {
            wake(sleeper, WOKEN_BY_CHILD);
            sleeper->more = 0;
            return;
        }
        int status = 0;
        sys_wait4(child.pid, &status, WNOHANG | WUNTRACED | WCONTINUED);
        if (child.pid == orders->app &&
            (child.code == CLD_EXITED || child.code == CLD_KILLED || child.code == CLD_DUMPED))
            end_with(status);
        if ((status & 0xff) == 0x7f || status == 0xffff)
            continue; /* one that was stopped, or goes on */
        orders->orphans++;
        if (orders->tells_of_orphans)
            tell(sleeper, (struct happened){
                              .number = SIGNAL_CHLD, .sender = child.pid, .sent = status});
        if (sleeper->woken_by)
            return;
    }
}

/* ---- health -------------------------------------------------------------------------- */

static size_t write_answer(char *answer, const char *template, uint64_t uptime)
{
    char number[24] = "";
    size_t length = 0;

    text_append_number(number, sizeof number, uptime);
    for (; *template; template ++) {
        const char *from = *template == UPTIME_PLACE ? number : template;
        size_t count = *template == UPTIME_PLACE ? text_length(number) : 1;
        for (size_t i = 0; i < count && length < LONGEST_ANSWER; i++)
            answer[length++] = from[i];
    }
    return length;
}

/* 0 if these orders have no answer to it. */
static int answer_client(struct sleeper *sleeper, const char *request)
{
    struct orders *orders = sleeper->orders;
    char answer[LONGEST_ANSWER], taken[REQUEST_SIZE];

    for (uint32_t i = 0; i < orders->answer_count; i++) {
        if (!text_equals(request, orders->text + orders->answers[i].request))
            continue;
        uint64_t uptime = ((uint64_t)monotonic_time() - orders->app_since) / SECOND;
        size_t length = write_answer(answer, orders->text + orders->answers[i].answer, uptime);
        /* Bytes left unread would reset the connection before the answer is read. */
        sys_read(sleeper->client, taken, sizeof taken);
        sys_sendto(sleeper->client, answer, length, NO_SIGNAL);
        sys_close(sleeper->client);
        sleeper->client = -1;
        sleeper->due = 0;
        orders->answered++;
        return 1;
    }
    return 0;
}

static void hear_client(struct sleeper *sleeper)
{
    char request[REQUEST_SIZE];
    long length = sys_recv(sleeper->client, request, sizeof request - 1, PEEK);

    if (length == -EAGAIN)
        return;
    if (length > 0) {
        request[length] = 0;
        if (answer_client(sleeper, request))
            return;
    }
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
    if (client < 0)
        return;
    sleeper->client = client;
    if (!sleeper->due)
        sleeper->due = (uint64_t)monotonic_time() + (uint64_t)CLIENT_PATIENCE_MS * MILLISECOND;
    if (may_ask(client))
        hear_client(sleeper);
    else
        wake(sleeper, WOKEN_BY_CLIENT);
}

/* ---- sleeping ------------------------------------------------------------------------ */

static void set_watches(struct sleeper *sleeper)
{
    const struct orders *orders = sleeper->orders;
    signal_set acted_on = signal_bit(SIGNAL_CHLD);

    for (int number = 1; number < ORDERS_SIGNALS; number++)
        if (orders->signals[number].does != ORDER_WAKE)
            acted_on |= signal_bit(number);
    const int descriptors[SOURCES] = {
        [ACTED_ON] = open_signals(acted_on), [DECIDED_ON] = open_signals(ALL_SIGNALS & ~acted_on),
        [REPORTS] = orders->reports,         [FOLLOWED] = orders->followed,
        [CONTROL] = orders->control,
    };
    for (int i = 0; i < SOURCES; i++)
        sleeper->watched[i] = (struct pollfd){descriptors[i], POLLIN, 0};
    if (descriptors[ACTED_ON] < 0 || descriptors[DECIDED_ON] < 0)
        wake(sleeper, WOKEN_BY_MISTAKE);
}

/* Until something happens; `due` is over when this returns 0. */
static int wait_for_news(struct sleeper *sleeper)
{
    struct __kernel_timespec timeout = {0, 0};
    int control = sleeper->watched[CONTROL].fd;

    if (sleeper->due && !sleeper->more) {
        uint64_t now = (uint64_t)monotonic_time();
        uint64_t left = sleeper->due > now ? sleeper->due - now : 0;
        timeout.tv_sec = (long long)(left / SECOND);
        timeout.tv_nsec = (long long)(left % SECOND);
    }
    if (sleeper->client >= 0)
        sleeper->watched[CONTROL].fd = sleeper->client;
    int found = sys_ppoll(sleeper->watched, SOURCES, sleeper->due || sleeper->more ? &timeout : 0);
    sleeper->watched[CONTROL].fd = control;
    return found;
}

static void see_to(struct sleeper *sleeper)
{
    const struct pollfd *watched = sleeper->watched;

    if (watched[ACTED_ON].revents)
        act_on_signal(sleeper);
    if (sleeper->more)
        look_at_children(sleeper);
    if (watched[DECIDED_ON].revents)
        wake(sleeper, WOKEN_BY_SIGNAL);
    if (watched[REPORTS].revents || watched[FOLLOWED].revents)
        wake(sleeper, WOKEN_BY_REPORT);
    if (watched[CONTROL].revents && sleeper->client >= 0)
        hear_client(sleeper);
    else if (watched[CONTROL].revents)
        welcome_client(sleeper);
}

/* ---- without Python ------------------------------------------------------------------ */

/* The least that is right where Python can't be started any more: what the orders say, and the
 * app's exit code at its end. Tries again now and then. */
static void go_without(struct sleeper *sleeper)
{
    struct orders *orders = sleeper->orders;

    if (orders->wakings == 1)
        write_stderr("initd: cannot start its Python again, so what is left is to pass signals on, "
                     "to reap, and to end with the app's code\n");
    orders->event_count = 0;
    sleeper->watched[DECIDED_ON].fd = -1;
    sleeper->watched[REPORTS].fd = -1;
    sleeper->watched[FOLLOWED].fd = -1;
    sleeper->watched[CONTROL].fd = -1;
    if (orders->wakings < WAKINGS_AT_MOST)
        sleeper->due = (uint64_t)monotonic_time() + (uint64_t)RETRY_MS * MILLISECOND;
    else
        sleeper->without = 1;
}

void sleep_by(struct orders *orders)
{
    struct sleeper sleeper = {.orders = orders, .client = -1, .more = 1, .self = sys_getpid()};

    sys_set_name("initd"); /* exec has named it as the file */
    orders->asleep_since = (uint64_t)monotonic_time();
    set_watches(&sleeper);
    if (orders->wakings)
        go_without(&sleeper);
    while (!sleeper.woken_by) {
        int more = sleeper.more, found = wait_for_news(&sleeper);
        if (found > 0 || more)
            see_to(&sleeper);
        else if (found == 0 && sleeper.due && (uint64_t)monotonic_time() >= sleeper.due)
            wake(&sleeper, sleeper.client >= 0 ? WOKEN_BY_CLIENT : WOKEN_BY_EVENTS);
    }
    sys_close(sleeper.watched[ACTED_ON].fd);
    sys_close(sleeper.watched[DECIDED_ON].fd);
    orders->client = sleeper.client;
    orders->woken_by = (uint32_t)sleeper.woken_by;
    orders->woken_at = (uint64_t)monotonic_time();
    orders->wakings++;
}
