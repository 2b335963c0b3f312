/* The name before any constructor has run and libc knows its environment, and after. */
#include <stdio.h>
#include <unistd.h>

static char early[256];

static void ask_early(void)
{
    if (gethostname(early, sizeof early))
        early[0] = 0;
}

__attribute__((section(".preinit_array"), used)) static void (*before_all)(void) = ask_early;

int main(void)
{
    char name[256];
    if (gethostname(name, sizeof name))
        return 1;
    printf("%s %s\n", early, name);
    return 0;
}
