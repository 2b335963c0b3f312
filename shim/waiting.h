/* ppoll(2) that copes with a limit of descriptors which has become lower than what is watched. */
#ifndef INITD_WAITING_H
#define INITD_WAITING_H

#include <asm/poll.h>
#include <linux/errno.h>
#include <linux/time_types.h>
#include <stdint.h>

#include "control_client.h"
#include "sys.h"

#define MOMENT_NS 50000000

/* What has happened by now; how many. Beyond RLIMIT_NOFILE the kernel takes none of them together
 * (EINVAL), but each by itself. */
static inline int look_at(struct pollfd *watched, unsigned count)
{
    struct __kernel_timespec at_once = {0, 0};
    int found = sys_ppoll(watched, count, &at_once);

    if (found != -EINVAL)
        return found;
    found = 0;
    for (unsigned i = 0; i < count; i++)
        found += sys_ppoll(&watched[i], 1, &at_once) > 0;
    return found;
}

/* Until something happens, or `due` has come, in monotonic nanoseconds; 0: never. */
static inline int wait_for(struct pollfd *watched, unsigned count, uint64_t due)
{
    uint64_t now = due ? (uint64_t)monotonic_time() : 0;
    uint64_t left = due > now ? due - now : 0;
    struct __kernel_timespec timeout = {(long long)(left / NANOSECONDS),
                                        (long long)(left % NANOSECONDS)};
    int found = sys_ppoll(watched, count, due ? &timeout : 0);

    if (found != -EINVAL)
        return found;
    found = look_at(watched, count);
    struct __kernel_timespec moment = {0, MOMENT_NS};
    if (!found)
        sys_nanosleep(&moment);
    return found;
}

#endif
