/* hostname.so's readers: the bytes as a name, as the file's line, as /proc/self/environ, and
 * as an environment. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define gethostname       subject_gethostname
#define uname             subject_uname
#define __gethostname_chk subject_gethostname_chk
#include "../../preload/hostname.c"

#include "fuzz.h"

#define ENTRIES_AT_MOST 64

/* The rule in other words: labels of 1 to 63 letters, digits and inner hyphens. */
static int is_name(const char *text, size_t length)
{
    if (length < 1 || length > HOSTNAME_LONGEST)
        return 0;
    for (size_t start = 0; start <= length;) {
        const char *dot = memchr(text + start, '.', length - start);
        size_t end = dot ? (size_t)(dot - text) : length;
        if (end == start || end - start > HOSTNAME_LONGEST_LABEL)
            return 0;
        if (text[start] == '-' || text[end - 1] == '-')
            return 0;
        start = end + 1;
    }
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") >=
           length;
}

static void check_name(const char *text, char end)
{
    struct name name;
    size_t length = strchrnul(text, end) - text;
    take_name(&name, text, end);
    REQUIRE(name.length == (is_name(text, length) ? length : 0));
    REQUIRE(name.text[name.length] == 0 && memcmp(name.text, text, name.length) == 0);
}

/* Both ways to the variable find the same value. */
static void check_environment(const char *bytes, size_t size)
{
    char *entries[ENTRIES_AT_MOST + 1] = {0};
    char seen[VALUE_SIZE], streamed[VALUE_SIZE];
    struct entry entry = {.length = 0};
    int found = 0, count = 0;

    for (size_t at = 0; at < size && count < ENTRIES_AT_MOST; count++) {
        size_t length = strnlen(bytes + at, size - at);
        entries[count] = text_of(bytes + at, length);
        for (size_t i = 0; i <= length && !found; i++) {
            const char *value = take_byte(&entry, entries[count][i]);
            if (value) {
                copy_value(streamed, value);
                found = 1;
            }
        }
        at += length + 1;
    }
    REQUIRE(see_in_environment(seen, entries) == (found ? SET : UNSET));
    REQUIRE(!found || strcmp(seen, streamed) == 0);
    while (count--)
        free(entries[count]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);
    check_name(text, 0);
    check_name(text, '\n');
    free(text);
    check_environment((const char *)data, size);
    return 0;
}
