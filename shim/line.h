/* One line for a person: put together, then written. It keeps its length, because what
 * pid 1 says may hold any character, NUL too. */
#ifndef INITD_LINE_H
#define INITD_LINE_H

#include <stddef.h>

/* The longest answer of pid 1 fits whole: what is said in place of its braces and keys
 * ("unhealthy: " and the newline) is shorter than they are. */
#define LINE_SIZE 65536

/* Invariant: length < LINE_SIZE, so that there is room for the newline. */
struct line {
    size_t length;
    char text[LINE_SIZE];
};

/* What does not fit is cut. */
void line_add_bytes(struct line *line, const char *bytes, size_t length);
void line_add(struct line *line, const char *text);

/* To stdout. A reader that has gone away does not change the exit code. */
void line_write(struct line *line);

#endif
