/* The time of day for a log line. */
#ifndef INITD_WALL_CLOCK_H
#define INITD_WALL_CLOCK_H

#include <stdint.h>

#define TIMESTAMP_SIZE 32
#define CLOCK_AT       11 /* where the time of day begins in a timestamp, and how long it is */
#define CLOCK_LENGTH   12

/* 2026-01-31T23:59:59.999Z for that many seconds and milliseconds since 1970, in UTC, as
 * initd/log_line.py writes it. */
void write_timestamp(char text[TIMESTAMP_SIZE], int64_t seconds, unsigned milliseconds);

#endif
