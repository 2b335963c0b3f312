#include "wall_clock.h"

#include "text.h"

#define SECONDS_A_DAY 86400

static int is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_of(unsigned month, unsigned year)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/* With zeros in front, and what follows it. */
static void append(char *text, unsigned number, unsigned limit, const char *after)
{
    for (; limit > 10 && number < limit / 10; limit /= 10)
        text_append(text, TIMESTAMP_SIZE, "0");
    text_append_number(text, TIMESTAMP_SIZE, number);
    text_append(text, TIMESTAMP_SIZE, after);
}

void write_timestamp(char text[TIMESTAMP_SIZE], int64_t seconds, unsigned milliseconds)
{
    unsigned day = (unsigned)(seconds / SECONDS_A_DAY), left = (unsigned)(seconds % SECONDS_A_DAY);
    unsigned year = 1970, month = 1;

    for (; day >= 365u + (is_leap(year) ? 1u : 0u); year++)
        day -= 365u + (is_leap(year) ? 1u : 0u);
    for (; day >= days_of(month, year); month++)
        day -= days_of(month, year);
    text[0] = 0;
    append(text, year, 10000, "-");
    append(text, month, 100, "-");
    append(text, day + 1, 100, "T");
    append(text, left / 3600, 100, ":");
    append(text, left / 60 % 60, 100, ":");
    append(text, left % 60, 100, ".");
    append(text, milliseconds, 1000, "Z");
}
