/* The app's process, reading its secrets: any bytes on the pipe, in pieces, with interruptions. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../shim/sys.h"
#include "fuzz.h"

static const uint8_t *rest;
static size_t left;
static unsigned turn;
static void *blocks[2];
static size_t block_count;

/* What a sanitizer watches, in the place of pages. */
static long block_of(size_t size)
{
    REQUIRE(block_count < 2);
    void *block = calloc(1, size);
    REQUIRE(block);
    blocks[block_count++] = block;
    return (long)block;
}

static long piece(char *to, size_t size)
{
    size_t count = turn % 7 * 13;
    if (turn++ % 5 == 3)
        return -EINTR;
    count = count ? count : 1;
    count = count < left ? count : left;
    count = count < size ? count : size;
    memcpy(to, rest, count);
    rest += count;
    left -= count;
    return (long)count;
}

#define sys_mmap(size, protection, flags) block_of(size)
#define sys_read(descriptor, to, size)    ((void)(descriptor), piece(to, size))
#define sys_prctl(option, value)          ((void)0)
#include "../../shim/secrets.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *given[] = {"PATH=/bin", "A=1", "A=2", "B=", NULL};
    char **envp = given;

    rest = data;
    left = size;
    turn = (unsigned)size;
    block_count = 0;
    int result = add_secrets(0, &envp);
    REQUIRE(result == 0 || result == -ENODATA);
    REQUIRE(result == 0 || envp == given);
    REQUIRE(result < 0 || (size == 1 && !data[0]) ||
            (size > 1 && !data[size - 1] && !data[size - 2]));
    for (char **each = envp; *each; each++)
        touch(*each, strlen(*each) + 1);
    for (size_t at = 0; at < block_count; at++)
        free(blocks[at]);
    return 0;
}
