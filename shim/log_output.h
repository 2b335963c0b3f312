/* The log's way out, stderr, without ever blocking: as initd/linux/stderr.py. */
#ifndef INITD_LOG_OUTPUT_H
#define INITD_LOG_OUTPUT_H

#include <stddef.h>

/* Whole lines of at most PIPE_BUF bytes together; 0 if there was no room for them. */
int write_lines(const char *lines, size_t length);

#endif
