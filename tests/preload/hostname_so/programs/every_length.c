/* What gethostname and uname leave behind, byte by byte, for each length of a buffer. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define LONGEST 80
#define UNTOUCHED 0xAA

static void print(const char *call, int result, const void *memory, size_t size)
{
    const unsigned char *bytes = memory;
    printf("%s: %d, errno %d,", call, result, errno);
    for (size_t at = 0; at < size; at++)
        printf(" %02x", bytes[at]);
    printf("\n");
}

int main(void)
{
    for (size_t length = 0; length <= LONGEST; length++) {
        char call[32], buffer[LONGEST + 16];
        memset(buffer, UNTOUCHED, sizeof buffer);
        snprintf(call, sizeof call, "gethostname %zu", length);
        errno = 0;
        print(call, gethostname(buffer, length), buffer, sizeof buffer);
    }
    struct utsname system;
    memset(&system, UNTOUCHED, sizeof system);
    errno = 0;
    print("uname", uname(&system), &system, sizeof system);
    return 0;
}
