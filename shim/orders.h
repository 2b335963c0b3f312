/* What pid 1 leaves behind when it falls asleep: standing orders for the sleeper (asleep.h), and
 * room for what the sleeper has to tell. Python writes it to a memory file
 * (initd/init/sleep/orders.py) and finds it there again when it wakes up; what pid 1 knows lies
 * behind it, at ORDERS_SIZE, and is Python's alone. tests/unit/test_sleep_orders.py compares the
 * two descriptions. */
#ifndef INITD_ORDERS_H
#define INITD_ORDERS_H

#include <stddef.h>
#include <stdint.h>

struct stat;

#define ORDERS_FORMAT    "initd orders 2" /* changes when an older sleeper could misread it */
#define ORDERS_SIZE      8192
#define ORDERS_SIGNALS   65 /* by number; 0 is unused */
#define ANSWERS_AT_MOST  8
#define EVENTS_AT_MOST   64
#define ORDERS_TEXT_SIZE 4096

/* Bytes that stand for something in an answer, or in the lines of a start by a plan. */
#define UPTIME_PLACE 1 /* the app's uptime, in seconds */
#define APP_PLACE    2 /* its pid */
#define TIME_PLACE   3 /* the time, 2026-01-31T23:59:59.999Z */
#define CLOCK_PLACE  4 /* the time of day in it, 23:59:59.999 */
#define PLACES       5

/* What to do on a signal. */
enum {
    ORDER_WAKE = 0,             /* leave it pending, and let Python see it; without Python, send
                                   `out`, unless that is 0 */
    ORDER_PASS_ON = 1,          /* send `out` to the app */
    ORDER_PASS_ON_AND_WAKE = 2, /* the same, and then Python decides on what follows */
};

/* What woke it. */
enum {
    WOKEN_BY_SIGNAL = 1,  /* one that is for Python to decide on, or a stop */
    WOKEN_BY_CHILD = 2,   /* the app or the shim has ended, or the shim was stopped */
    WOKEN_BY_REPORT = 3,  /* the shim has told something of the app */
    WOKEN_BY_CLIENT = 4,  /* somebody asks what only Python can answer */
    WOKEN_BY_EVENTS = 5,  /* what was done is to be logged */
    WOKEN_BY_REFUSAL = 6, /* of a system call that a sleep needs */
    WOKEN_BY_HOSTS = 7,   /* the hosts file was written to */
};

struct order {
    uint8_t does;
    uint8_t out;
    uint8_t to_group; /* whether the app's process group gets it */
    uint8_t unused;
};

/* Where in `text` a request and its answer begin; each ends in NUL. */
struct answer_order {
    uint16_t request;
    uint16_t answer;
};

/* A signal that was passed on; or an orphan that was reaped: then `number` is SIGCHLD, `sender` the
 * orphan and `sent` its wait status. */
struct happened {
    uint64_t when; /* monotonic, in nanoseconds */
    int32_t number;
    int32_t sender;
    uint32_t user;
    int32_t sent;
    int32_t error; /* errno */
    int32_t unused;
};

struct orders {
    char format[16];
    /* From Python; after a start by a plan, the pids, descriptors and the time are the
     * launcher's. Descriptors are negative where there is none. */
    uint64_t app_since; /* monotonic, in nanoseconds */
    /* Of the hosts file, where Python is to see that somebody has written to it: its time in
     * nanoseconds plus its size (linux/hosts_mark.py). 0 where not. */
    uint64_t hosts_mark;
    int32_t app;
    int32_t app_pidfd;
    int32_t shim;
    int32_t reports;
    int32_t control;
    int32_t followed; /* a pidfd whose end Python is to see */
    uint32_t linger;  /* milliseconds from the last event to the waking that logs it */
    uint32_t answer_count;
    uint32_t tells_of_orphans; /* whether each is an event, or they are only counted */
    /* Of a start by a plan: which of its places the control socket has, whether the app has got
     * the terminal, and how many lines of the log found no room. */
    uint8_t socket_place;
    uint8_t on_terminal;
    uint16_t lines_dropped;
    char kernel_name[72]; /* the kernel's host name, if the plan has made the app's of it; "" */
    struct order signals[ORDERS_SIGNALS];
    struct answer_order answers[ANSWERS_AT_MOST];
    /* From the sleeper. */
    uint32_t wakings; /* how often it has tried to wake Python */
    uint32_t woken_by;
    uint32_t orphans;
    uint32_t answered;
    int32_t client; /* a connection that Python is to serve */
    uint32_t event_count;
    uint64_t asleep_since;
    uint64_t woken_at;
    char text[ORDERS_TEXT_SIZE];
    struct happened events[EVENTS_AT_MOST]; /* last: in a plan, what is zero is left out */
};

/* The memory file of the orders keeps its size: it is mapped. (linux/fcntl.h) */
#define ORDERS_SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

/* Whether each text that they name is there, and ends. */
int orders_are_sound(const struct orders *orders);

/* The orders in the memory file that envp names, or 0: this is an ordinary start. */
struct orders *find_orders(char **envp, int *descriptor);

/* Whether pid 1 has fallen asleep, be it as a version whose orders are not understood here. */
int has_fallen_asleep(char **envp);

/* The mark of the hosts file that is in this state. 0 if it is empty: somebody is about to write. */
uint64_t hosts_mark(const struct stat *state);

/* Whether somebody has written to the hosts file, where the orders have its mark. */
int hosts_have_changed(const struct orders *orders);

/* Writes the answer to that request, and returns how long it is: 0 where the orders have none.
 * `uptime` is the app's, in seconds. */
size_t answer_by(const struct orders *orders, const char *request, uint64_t uptime, char *answer,
                 size_t size);

_Static_assert(sizeof(struct orders) <= ORDERS_SIZE, "the orders fit before the state");

#endif
