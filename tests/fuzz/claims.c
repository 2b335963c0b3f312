/* The reader of LISTEN_PID and its like: any variables, of which one may name init. */
#include "../../shim/claims.h"

#include "fuzz.h"

#define VARIABLES_AT_MOST 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *given[VARIABLES_AT_MOST + 1] = {0}, *envp[VARIABLES_AT_MOST + 1] = {0};
    int count = 0, left = 0;

    for (size_t at = 0; at < size && count < VARIABLES_AT_MOST; count++) {
        size_t length = strnlen((const char *)data + at, size - at);
        given[count] = envp[count] = text_of(data + at, length);
        at += length + 1;
    }
    claim_variables(1, envp);
    for (; envp[left]; left++) {
        touch(envp[left], strlen(envp[left]) + 1);
        /* What is not about a process stays as it was, in its place. */
        if (strncmp(envp[left], "LISTEN_PID", 10) && strncmp(envp[left], "WATCHDOG_PID=", 13))
            REQUIRE(envp[left] == given[left] || envp[left] == given[left + 1]);
    }
    REQUIRE(left == count || left == count - 1);
    while (count--)
        free(given[count]);
    return 0;
}
