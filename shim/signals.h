/* Signal numbers, sets and dispositions. */
#ifndef INITD_SIGNALS_H
#define INITD_SIGNALS_H

#include "sys.h"

#define SIGNAL_LAST 64
#define SIGNAL_HUP  1
#define SIGNAL_INT  2
#define SIGNAL_QUIT 3
#define SIGNAL_ILL  4
#define SIGNAL_TRAP 5
#define SIGNAL_ABRT 6
#define SIGNAL_BUS  7
#define SIGNAL_FPE  8
#define SIGNAL_KILL 9
#define SIGNAL_SEGV 11
#define SIGNAL_PIPE 13
#define SIGNAL_TERM 15
#define SIGNAL_CHLD 17
#define SIGNAL_CONT 18
#define SIGNAL_SYS  31

#define SIGNAL_SET_MASK 2                  /* SIG_SETMASK */
#define SIGNAL_IGNORED  ((void (*)(int))1) /* SIG_IGN */

ALWAYS_INLINE signal_set signal_bit(int number)
{
    return 1ULL << (number - 1);
}

/* All but the synchronous faults: a blocked fault kills the process all the same, but
 * without the core that would explain it. */
#define ALL_SIGNALS                                                                 \
    (~(signal_bit(SIGNAL_SEGV) | signal_bit(SIGNAL_BUS) | signal_bit(SIGNAL_FPE) |  \
       signal_bit(SIGNAL_ILL) | signal_bit(SIGNAL_TRAP) | signal_bit(SIGNAL_ABRT) | \
       signal_bit(SIGNAL_SYS)))

/* The C library keeps 32 and 33 for itself: Python never sees them. */
#define LIBCS_SIGNALS (3ULL << 31)

static inline void set_signal_mask(signal_set mask)
{
    sys_rt_sigprocmask(SIGNAL_SET_MASK, &mask, 0);
}

/* exec keeps what is ignored: CPython ignores SIGPIPE and SIGXFSZ, and an app that
 * inherits that writes to broken pipes for ever. */
static inline void reset_disposition(int number)
{
    struct signal_action action = {0};
    sys_rt_sigaction(number, &action, 0);
}

#endif
