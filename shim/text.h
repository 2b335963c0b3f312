/* Strings that end in NUL, without a C library. */
#ifndef INITD_TEXT_H
#define INITD_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* By ASCII, whatever the locale is. */
static inline char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter | 0x20) : letter;
}

static inline int is_space(char letter)
{
    return letter == ' ' || (letter >= '\t' && letter <= '\r');
}

size_t text_length(const char *text);
int text_starts_with(const char *text, const char *prefix);
int text_equals(const char *one, const char *other);

/* These append and always terminate; 0 if it did not fit. */
int text_append(char *buffer, size_t size, const char *text);
int text_append_number(char *buffer, size_t size, uint64_t number);

/* What follows the last slash of a path. */
const char *base_name(const char *path);

void write_stderr(const char *text);

#endif
