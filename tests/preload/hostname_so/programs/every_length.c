/* What gethostname, its checked sister and uname leave behind, byte by byte, for each length
 * of a buffer; the bytes in front of the buffer are watched too. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define LONGEST   300
#define FRONT     16
#define UNTOUCHED 0xAA

extern __attribute__((weak)) int __gethostname_chk(char *buffer, size_t size, size_t object_size);

typedef int function(char *buffer, size_t size);

static unsigned char memory[FRONT + LONGEST + 16];

static void print(const char *call, size_t length, int result, const void *bytes, size_t size)
{
    printf("%s %zu: %d, errno %d,", call, length, result, errno);
    for (size_t at = 0; at < size; at++)
        printf(" %02x", ((const unsigned char *)bytes)[at]);
    printf("\n");
}

static void call(const char *name, function *subject, size_t length)
{
    memset(memory, UNTOUCHED, sizeof memory);
    errno = 0;
    int result = subject((char *)memory + FRONT, length);
    print(name, length, result, memory, sizeof memory);
}

static void call_every_length(const char *name, function *subject)
{
    for (size_t length = 0; length <= LONGEST; length++)
        call(name, subject, length);
    call(name, subject, SIZE_MAX);
}

/* Through a pointer: the compiler warns of lengths that it sees. */
static function *volatile plain = gethostname;

static int checked(char *buffer, size_t size)
{
    return __gethostname_chk(buffer, size, size);
}

static int checked_without_a_limit(char *buffer, size_t size)
{
    return __gethostname_chk(buffer, size, SIZE_MAX);
}

int main(void)
{
    call_every_length("gethostname", plain);
    if (__gethostname_chk) {
        call_every_length("checked", checked);
        call_every_length("checked, any", checked_without_a_limit);
    }
    struct utsname system;
    memset(&system, UNTOUCHED, sizeof system);
    errno = 0;
    print("uname", sizeof system, uname(&system), &system, sizeof system);
    return 0;
}
