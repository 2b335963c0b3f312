/* The name, and whether the kernel told libc to trust nothing of the caller's. */
#include <stdio.h>
#include <sys/auxv.h>
#include <unistd.h>

int main(void)
{
    char name[256];
    if (gethostname(name, sizeof name))
        return 1;
    printf("%s secure=%lu\n", name, getauxval(AT_SECURE));
    return 0;
}
