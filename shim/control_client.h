/* The other end of pid 1's control socket: one line there, one line back, within a
 * bounded time. initd/linux/control_client.py is the same for the verbs in Python. */
#ifndef INITD_CONTROL_CLIENT_H
#define INITD_CONTROL_CLIENT_H

#include <asm/poll.h>
#include <asm/socket.h>
#include <linux/net.h>
#include <linux/time.h>
#include <linux/un.h>

#include "kernel.h"

#define ANSWER_SIZE 65536
#define NANOSECONDS 1000000000LL

/* The kernel's headers leave these to the C library. */
#define SOCKET_FAMILY_UNIX 1
#define SOCKET_STREAM 1
#define SEND_NO_SIGNAL 0x4000
struct credentials {
    int pid;
    unsigned user, group;
};

/* What can go wrong beside the kernel's errors, in numbers that are none of theirs. */
enum { STRANGER = 5000, CLOSED, ENDLESS, NONSENSE };

/* Why there was no answer, for people. */
static const char *reason(long error)
{
    static const struct {
        long error;
        const char *text;
    } reasons[] = {
        {ENOENT, "no such file or directory"},
        {ENOTDIR, "not a directory"},
        {EACCES, "permission denied"},
        {EPERM, "operation not permitted"},
        {ECONNREFUSED, "connection refused"},
        {EAGAIN, "timed out"},
        {ENAMETOOLONG, "a socket's path has at most 107 bytes"},
        {EPROTOTYPE, "a socket of another type"},
        {ELOOP, "too many links"},
        {EMFILE, "too many open files"},
        {ENFILE, "too many open files in the system"},
        {ENOMEM, "out of memory"},
        {EPIPE, "closed without an answer"},
        {ECONNRESET, "closed without an answer"},
        {CLOSED, "closed without an answer"},
        {ENDLESS, "an answer of more than 65536 bytes"},
        {NONSENSE, "an answer that is not init's"},
        {STRANGER, "answered by somebody else than root, this user, or pid 1's user"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].error == error)
            return reasons[i].text;
    return "the kernel refuses";
}

/* Nanoseconds of the clock that nobody sets. */
static int64_t now(void)
{
    struct __kernel_timespec time;
    KERNEL(__NR_clock_gettime, CLOCK_MONOTONIC, &time, 0, 0, 0);
    return time.tv_sec * NANOSECONDS + time.tv_nsec;
}

/* connect(2) to a socket with a full queue waits for its turn, and can't be polled
 * for: it waits as long as sending may take (unix(7), socket(7)). */
static long connect_in_time(int connection, const struct sockaddr_un *address, int64_t until)
{
    long result;
    do {
        int64_t left = until - now();
        if (left < 1000) /* a time-out of 0 microseconds would be none */
            return -EAGAIN;
        struct __kernel_old_timeval patience = {
            .tv_sec = left / NANOSECONDS,
            .tv_usec = left % NANOSECONDS / 1000,
        };
        KERNEL(__NR_setsockopt, connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        result = KERNEL(__NR_connect, connection, address, sizeof *address, 0, 0);
    } while (result == -EINTR);
    return result;
}

/* Who listened there, as the kernel noted it: SO_PEERCRED, unix(7). */
static int is_trusted(int connection, const unsigned users[2])
{
    struct credentials peer;
    int size = sizeof peer;
    if (KERNEL(__NR_getsockopt, connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return 0;
    return peer.user == 0 || peer.user == users[0] || peer.user == users[1];
}

/* Positive when there is something to read. */
static long await_data(int connection, int64_t until)
{
    long ready;
    do {
        int64_t left = until - now();
        if (left <= 0)
            return -EAGAIN;
        struct __kernel_timespec patience = {left / NANOSECONDS, left % NANOSECONDS};
        struct pollfd watched = {connection, POLLIN, 0};
        ready = KERNEL(__NR_ppoll, &watched, 1, &patience, 0, sizeof(signal_set));
    } while (ready == 0 || ready == -EINTR);
    return ready;
}

/* One line; its length, or why there is none. */
static long receive(int connection, char *answer, int64_t until)
{
    long length = 0;
    while (length < ANSWER_SIZE) {
        long got = await_data(connection, until);
        if (got > 0)
            got = KERNEL(__NR_read, connection, answer + length, ANSWER_SIZE - length, 0, 0);
        if (got <= 0)
            return got ? got : -CLOSED;
        length += got;
        if (answer[length - 1] == '\n')
            return length;
    }
    return -ENDLESS;
}

static long exchange(int connection, const char *request, char *answer, int64_t until)
{
    /* Without an address sendto(2) does not look at the address's size, its sixth argument. */
    long sent = KERNEL(__NR_sendto, connection, request, text_length(request), SEND_NO_SIGNAL, 0);
    return sent < 0 ? sent : receive(connection, answer, until);
}

/* Asks whoever listens at `path` and is one of `users` or root. Returns the length of the
 * answer, of at most ANSWER_SIZE bytes, or the negative of an error that `reason` knows. */
static long ask(const char *path, const unsigned users[2], const char *request, char *answer,
                int64_t until)
{
    struct sockaddr_un address = {.sun_family = SOCKET_FAMILY_UNIX};
    if (!text_append(address.sun_path, sizeof address.sun_path, path))
        return -ENAMETOOLONG;
    int connection = (int)KERNEL(__NR_socket, SOCKET_FAMILY_UNIX, SOCKET_STREAM, 0, 0, 0);
    if (connection < 0)
        return connection;
    long result = connect_in_time(connection, &address, until);
    if (result >= 0)
        result = is_trusted(connection, users) ? exchange(connection, request, answer, until)
                                               : -STRANGER;
    KERNEL(__NR_close, connection, 0, 0, 0, 0);
    return result;
}

#endif
