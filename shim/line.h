/* One line for a person, put together and written. It keeps its length, because
 * what pid 1 says may hold any character, NUL too. */
#ifndef INITD_LINE_H
#define INITD_LINE_H

#include "kernel.h"

/* The longest answer of pid 1 fits whole: what is said instead of its braces and
 * keys ("unhealthy: " and the newline) is shorter than they are. */
#define LINE_SIZE 65536

/* Invariant: length < LINE_SIZE, so that the newline has its place. */
struct line {
    size_t length;
    char text[LINE_SIZE];
};

/* What has no room is cut. */
static void line_add(struct line *line, const char *text, size_t length)
{
    while (length-- && line->length + 1 < LINE_SIZE)
        line->text[line->length++] = *text++;
}

static void line_say(struct line *line, const char *text)
{
    line_add(line, text, text_length(text));
}

/* A reader that has gone away takes nothing from the exit code. */
static void line_write(struct line *line)
{
    line->text[line->length++] = '\n';
    long written = 0;
    for (size_t at = 0; at < line->length; at += (size_t)written) {
        written = KERNEL(__NR_write, 1, line->text + at, line->length - at, 0, 0);
        if (written <= 0)
            return;
    }
}

#endif
