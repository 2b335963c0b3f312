/* [libc]: pointers at which nothing can be written: each call's result and errno. With the
 * word, those alone that libc itself survives. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

extern __attribute__((weak)) int __gethostname_chk(char *buffer, size_t size, size_t object_size);

static void print(const char *call, int result)
{
    printf("%s: %d %s\n", call, result,
           errno == EFAULT         ? "EFAULT"
           : errno == ENAMETOOLONG ? "ENAMETOOLONG"
           : errno == 0            ? "0"
                                   : "another");
    errno = 0;
}

/* Known only at run time: the compiler warns of what it sees. */
static char *volatile nowhere = NULL;

static void with_lengths(void)
{
    static const struct {
        const char *name;
        size_t length;
    } calls[] = {{"gethostname(NULL, 1)", 1},
                 {"gethostname(NULL, 10)", 10},
                 {"gethostname(NULL, 256)", 256},
                 {"gethostname(NULL, -1)", SIZE_MAX}};
    for (size_t at = 0; at < sizeof calls / sizeof *calls; at++)
        print(calls[at].name, gethostname(nowhere, calls[at].length));
    print("checked(NULL, 10)", __gethostname_chk(nowhere, 10, SIZE_MAX));
}

int main(int argc, char **argv)
{
    struct utsname *volatile no_system = NULL;
    struct utsname *volatile low = (struct utsname *)8;
    (void)argv;
    errno = 0;
    if (argc == 1)
        with_lengths();
    print("gethostname(NULL, 0)", gethostname(nowhere, 0));
    print("uname(NULL)", uname(no_system));
    print("uname(8)", uname(low));
    return 0;
}
