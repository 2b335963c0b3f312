/* Pointers at which nothing can be written: each call's result and errno. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

static void print(const char *call, int result)
{
    printf("%s: %d %s\n", call, result,
           errno == EFAULT         ? "EFAULT"
           : errno == ENAMETOOLONG ? "ENAMETOOLONG"
           : errno == 0            ? "0"
                                   : "another");
    errno = 0;
}

int main(void)
{
    /* Known only at run time: the compiler warns of what it sees. */
    char *volatile nowhere = NULL;
    struct utsname *volatile no_system = NULL;
    struct utsname *volatile low = (struct utsname *)8;
    errno = 0;
    print("gethostname(NULL, 10)", gethostname(nowhere, 10));
    print("gethostname(NULL, 256)", gethostname(nowhere, 256));
    print("gethostname(NULL, 0)", gethostname(nowhere, 0));
    print("uname(NULL)", uname(no_system));
    print("uname(8)", uname(low));
    return 0;
}
