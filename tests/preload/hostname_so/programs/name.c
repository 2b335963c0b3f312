/* The name, as the two functions tell it. */
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void)
{
    char name[256];
    struct utsname system;
    if (gethostname(name, sizeof name) || uname(&system))
        return 1;
    printf("%s %s\n", name, system.nodename);
    return fflush(stdout);
}
