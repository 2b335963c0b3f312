#include "control_client.h"

#include <asm/poll.h>
#include <asm/socket.h>
#include <linux/errno.h>
#include <linux/time.h>
#include <linux/un.h>

#include "contract.h"
#include "sys.h"
#include "sys_socket.h"
#include "text.h"

/* The kernel's headers leave these to the C library. */
#define SOCKET_FAMILY_UNIX 1
#define SOCKET_STREAM      1
#define SEND_NO_SIGNAL     0x4000
struct credentials {
    int pid;
    unsigned user, group;
};

const char *error_text(long error)
{
    static const struct {
        long error;
        const char *text;
    } texts[] = {
        {ENOENT, "no such file or directory"},
        {ENOTDIR, "not a directory"},
        {EACCES, "permission denied"},
        {EPERM, "operation not permitted"},
        {ECONNREFUSED, "connection refused"},
        {EAGAIN, "timed out"},
        {ENAMETOOLONG, "path too long for a socket: 107 bytes at most"},
        {EPROTOTYPE, "a socket of the wrong type"},
        {ELOOP, "too many levels of symbolic links"},
        {EMFILE, "too many open files"},
        {ENFILE, "too many open files in the system"},
        {ENOMEM, "out of memory"},
        {EPIPE, CLOSED_UNANSWERED},
        {ECONNRESET, CLOSED_UNANSWERED},
        {ERROR_CLOSED, CLOSED_UNANSWERED},
        {ERROR_TOO_LONG, "an answer longer than 65536 bytes"},
        {ERROR_NOT_INIT, "not an answer from initd"},
        {ERROR_UNTRUSTED, "not trusted: the listener is neither root, this user nor pid 1's user"},
        {ERROR_ELSEWHERE, "another container's init"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].error == error)
            return texts[i].text;
    return "refused by the kernel";
}

int64_t monotonic_time(void)
{
    struct __kernel_timespec time;
    sys_clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * NANOSECONDS + time.tv_nsec;
}

/* If the socket's queue is full, connect(2) waits for its turn and can't be polled for. It
 * waits as long as the timeout for sending (unix(7), socket(7)). */
static long connect_in_time(int connection, const struct sockaddr_un *address, int64_t deadline)
{
    long result;
    do {
        int64_t left = deadline - monotonic_time();
        if (left < 1000) /* 0 microseconds would mean no timeout at all */
            return -EAGAIN;
        struct __kernel_old_timeval timeout = {
            .tv_sec = left / NANOSECONDS,
            .tv_usec = left % NANOSECONDS / 1000,
        };
        sys_setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
        result = sys_connect(connection, address, sizeof *address);
    } while (result == -EINTR);
    return result;
}

/* 0, or why not, by what the kernel has noted of the listener: SO_PEERCRED, unix(7). One that has
 * no pid here is in another container, which shares this directory. */
static long may_be_asked(int connection, enum whose whose, const unsigned users[2])
{
    struct credentials peer;
    int size = sizeof peer;
    if (sys_getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return -ERROR_UNTRUSTED;
    if (whose == OURS && peer.pid == 0)
        return -ERROR_ELSEWHERE;
    return peer.user == 0 || peer.user == users[0] || peer.user == users[1] ? 0 : -ERROR_UNTRUSTED;
}

/* Positive if there is something to read. */
static long await_data(int connection, int64_t deadline)
{
    long ready;
    do {
        int64_t left = deadline - monotonic_time();
        if (left <= 0)
            return -EAGAIN;
        struct __kernel_timespec timeout = {left / NANOSECONDS, left % NANOSECONDS};
        struct pollfd watched = {connection, POLLIN, 0};
        ready = sys_ppoll(&watched, 1, &timeout);
    } while (ready == 0 || ready == -EINTR);
    return ready;
}

/* One line; its length, or why there is none. */
static long receive(int connection, char *answer, int64_t deadline)
{
    long length = 0;
    while (length < ANSWER_SIZE) {
        long got = await_data(connection, deadline);
        if (got > 0)
            got = sys_read(connection, answer + length, (size_t)(ANSWER_SIZE - length));
        if (got <= 0)
            return got ? got : -ERROR_CLOSED;
        length += got;
        if (answer[length - 1] == '\n')
            return length;
    }
    return -ERROR_TOO_LONG;
}

static long exchange(int connection, const char *request, char *answer, int64_t deadline)
{
    long sent = sys_sendto(connection, request, text_length(request), SEND_NO_SIGNAL);
    return sent < 0 ? sent : receive(connection, answer, deadline);
}

long ask(const char *path, enum whose whose, const unsigned users[2], const char *request,
         char *answer, int64_t deadline)
{
    struct sockaddr_un address = {.sun_family = SOCKET_FAMILY_UNIX};
    if (!text_append(address.sun_path, sizeof address.sun_path, path))
        return -ENAMETOOLONG;
    int connection = sys_socket(SOCKET_FAMILY_UNIX, SOCKET_STREAM);
    if (connection < 0)
        return connection;
    long result = connect_in_time(connection, &address, deadline);
    if (result >= 0)
        result = may_be_asked(connection, whose, users);
    if (result >= 0)
        result = exchange(connection, request, answer, deadline);
    sys_close(connection);
    return result;
}
