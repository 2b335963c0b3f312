/* shim/wall_clock.c: on stdin SECONDS MILLISECONDS, on stdout the timestamp, a line each. */
#include <stdio.h>

#include "../../shim/entry.h"
#include "../../shim/wall_clock.h"

int program(int argc, char **argv, char **envp)
{
    char text[TIMESTAMP_SIZE];
    long long seconds;
    unsigned milliseconds;

    (void)argc, (void)argv, (void)envp;
    while (scanf("%lld %u", &seconds, &milliseconds) == 2) {
        write_timestamp(text, seconds, milliseconds);
        puts(text);
    }
    return 0;
}
