#include "options.h"

#include "contract.h"
#include "text.h"

/* Reads digits, and steps over the separator behind them. */
static uint64_t parse_number(const char **text, unsigned base)
{
    uint64_t value = 0;
    while (**text >= '0' && **text <= '9')
        value = value * base + (uint64_t)(*(*text)++ - '0');
    if (**text)
        (*text)++;
    return value;
}

static int read_limit(struct options *options, const char *text)
{
    if (options->limit_count == LIMITS_AT_MOST)
        return 0;
    struct limit *limit = &options->limits[options->limit_count++];
    limit->resource = (int)parse_number(&text, 10);
    limit->soft = parse_number(&text, 10);
    limit->hard = parse_number(&text, 10);
    return 1;
}

/* All or none: an app without some of its groups would fail much later. */
static int read_groups(struct options *options, const char *text)
{
    while (*text && options->group_count < GROUPS_AT_MOST)
        options->groups[options->group_count++] = (unsigned)parse_number(&text, 10);
    return !*text;
}

/* An option without a value; 0 if it is not one of them. */
static int read_flag(struct options *options, char option)
{
    switch (option) {
    case 's': options->session = 1; return 1;
    case 'S': options->same_group = 1; return 1;
    case 'e': options->shell = 1; return 1;
    case 't': options->terminal = 1; return 1;
    case 'N': options->no_new_privileges = 1; return 1;
    default: return 0;
    }
}

static int read_value(struct options *options, char option, const char *value)
{
    switch (option) {
    case 'i': options->init_pid = (int)parse_number(&value, 10); return 1;
    case 'd': options->death_signal = (int)parse_number(&value, 10); return 1;
    case 'f': options->report = (int)parse_number(&value, 10); return 1;
    case 'E': options->secrets = (int)parse_number(&value, 10); return 1;
    case 'n': options->wanted_pid = (int)parse_number(&value, 10); return 1;
    case 'u':
        options->has_user = 1;
        options->user = (unsigned)parse_number(&value, 10);
        return 1;
    case 'g': options->group = (unsigned)parse_number(&value, 10); return 1;
    case 'G': return read_groups(options, value);
    case 'p':
        options->has_niceness = 1;
        options->niceness = (int)(parse_number(&value, 10) + (uint64_t)NICEST);
        return 1;
    case 'o': options->oom_score = value; return 1;
    case 'B': options->blocked = parse_number(&value, 10); return 1;
    case 'I': options->ignored = parse_number(&value, 10); return 1;
    case 'c': options->dropped = parse_number(&value, 10); return 1;
    case 'w': options->directory = value; return 1;
    case 'm': options->mask = (int)parse_number(&value, 8); return 1;
    case 'l': return read_limit(options, value);
    default: return 0;
    }
}

int read_options(struct options *options, char **argv)
{
    options->mask = -1;
    options->report = REPORT_DESCRIPTOR;
    while (*++argv) {
        if (text_starts_with(*argv, "--")) {
            options->command = argv + 1;
            return options->command[0] != 0;
        }
        char option = argv[0][0] == '-' ? argv[0][1] : 0;
        if (read_flag(options, option))
            continue;
        if (!*++argv || !read_value(options, option, *argv))
            return 0;
    }
    return 0;
}
