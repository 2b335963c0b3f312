/* One line of output. It keeps its length, because pid 1's answer may contain any character,
 * NUL included. */
#ifndef INITD_LINE_H
#define INITD_LINE_H

#include <stddef.h>

/* pid 1's longest answer fits: "unhealthy: " and the newline are shorter than the braces and
 * keys that they replace. */
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
