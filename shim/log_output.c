#include "log_output.h"

#include <asm/poll.h>
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <linux/time_types.h>

#include "sys.h"

/* With an open file description of its own, apart from the app's: not to block is a property
 * of that. -1 where stderr can't be opened again, or must not be: a file's offset is
 * shared. */
static int open_again(void)
{
    struct stat there;
    if (sys_fstat(2, &there) < 0 || !(S_ISFIFO(there.st_mode) || S_ISCHR(there.st_mode)))
        return -1;
    return sys_openat(AT_FDCWD, "/proc/self/fd/2",
                      O_WRONLY | O_NONBLOCK | O_APPEND | O_NOCTTY | O_CLOEXEC);
}

/* A pipe counts as writable when PIPE_BUF bytes fit. */
static int has_room(void)
{
    struct pollfd watched = {2, POLLOUT, 0};
    struct __kernel_timespec at_once = {0, 0};
    return sys_ppoll(&watched, 1, &at_once) == 1 && (watched.revents & POLLOUT);
}

int write_lines(const char *lines, size_t length)
{
    int own = open_again();
    if (own < 0)
        return has_room() && sys_write(2, lines, length) > 0;
    long written = sys_write(own, lines, length);
    sys_close(own);
    return written > 0;
}
