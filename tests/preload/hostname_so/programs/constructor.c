/* A library that wants the name in its constructor, as tracing agents do. */
#include <stdio.h>
#include <unistd.h>

__attribute__((constructor)) static void ask(void)
{
    char name[256];
    if (gethostname(name, sizeof name) == 0)
        dprintf(1, "%s\n", name);
}
