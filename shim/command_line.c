#include "command_line.h"

#include "memory.h"
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

/* The kernel has put them one behind the other. */
void wipe_variables(char **envp)
{
    char *first = *envp, *last = first;
    if (!first)
        return;
    for (; *envp; envp++)
        last = *envp;
    if (last >= first)
        memset(first, 0, (size_t)(last - first) + text_length(last));
}
