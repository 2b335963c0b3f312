#include "command_line.h"

#include <stdint.h>

#include "text.h"

#define NOT_NUL ' '

char *hide_words(char **argv)
{
    if (!argv[0] || !argv[1])
        return 0;
    while (argv[1])
        argv++;
    char *end = *argv + text_length(*argv);
    *end = NOT_NUL;
    return end;
}

void show_words(char *end)
{
    if (end)
        *end = 0;
}

typedef uint64_t __attribute__((aligned(1), may_alias)) unaligned_word;

/* The kernel has put them one behind the other. */
void wipe_variables(char **envp)
{
    char *first = *envp, *last = first;
    if (!first)
        return;
    for (; *envp; envp++)
        last = *envp;
    const char *end = last + text_length(last);
    for (; end - first >= 8; first += 8)
        *(unaligned_word *)first = 0;
    while (first < end)
        *first++ = 0;
}
