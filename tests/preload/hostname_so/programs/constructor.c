/* A library that wants the name when it is loaded and unloaded, as tracing agents do. */
#include <stdio.h>
#include <unistd.h>

__attribute__((constructor)) static void ask(void)
{
    char name[256];
    if (gethostname(name, sizeof name) == 0)
        dprintf(1, "%s\n", name);
}

__attribute__((destructor)) static void ask_again(void)
{
    ask();
}
