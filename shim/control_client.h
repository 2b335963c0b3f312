/* The other end of pid 1's control socket: one line there, one line back, within a
 * bounded time. initd/linux/control_client.py is the same for the verbs in Python. */
#ifndef INITD_CONTROL_CLIENT_H
#define INITD_CONTROL_CLIENT_H

#include <stdint.h>

#define ANSWER_SIZE 65536
#define NANOSECONDS 1000000000LL

/* Errors of our own; the kernel's have smaller numbers. */
enum { ERROR_UNTRUSTED = 5000, ERROR_CLOSED, ERROR_TOO_LONG, ERROR_NOT_INIT, ERROR_ELSEWHERE };

/* Whom to ask: only an init of this container, or whoever is there. */
enum whose { OURS, ANYBODYS };

/* The text for an error of `ask`. */
const char *error_text(long error);

/* Nanoseconds of the clock that is never set. */
int64_t monotonic_time(void);

/* Asks the listener at `path`, which must belong to root or one of `users`. The length of
 * the answer, ANSWER_SIZE bytes at most, or the negative of an error. */
long ask(const char *path, enum whose whose, const unsigned users[2], const char *request,
         char *answer, int64_t deadline);

#endif
