#include "text.h"

#include "sys.h"

size_t text_length(const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

int text_starts_with(const char *text, const char *prefix)
{
    while (*prefix)
        if (*text++ != *prefix++)
            return 0;
    return 1;
}

int text_equals(const char *one, const char *other)
{
    while (*one && *one == *other)
        one++, other++;
    return *one == *other;
}

int text_append(char *buffer, size_t size, const char *text)
{
    size_t at = text_length(buffer);
    while (*text && at + 1 < size)
        buffer[at++] = *text++;
    buffer[at] = 0;
    return *text == 0;
}

int text_append_number(char *buffer, size_t size, uint64_t number)
{
    char digits[] = "18446744073709551615"; /* as long as it can get */
    size_t at = sizeof digits - 1;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    return text_append(buffer, size, digits + at);
}

const char *base_name(const char *path)
{
    const char *last = path;
    for (; *path; path++)
        if (*path == '/')
            last = path + 1;
    return last;
}

void write_stderr(const char *text)
{
    sys_write(2, text, text_length(text));
}
