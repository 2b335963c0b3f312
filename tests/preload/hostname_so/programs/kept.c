/* The name after each thing that a program may do to its environment, before it asks for
 * the first time. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static void print(const char *after)
{
    char name[256];
    if (gethostname(name, sizeof name))
        exit(1);
    printf("%s: %s\n", after, name);
}

int main(void)
{
    /* As programs do that show a title of their own in ps. */
    for (char **entry = environ; *entry; entry++)
        memset(*entry, 'x', strlen(*entry));
    print("title written over the environment");
    setenv("INITD_HOSTNAME", "changed.example.org", 1);
    print("variable changed");
    unsetenv("INITD_HOSTNAME");
    print("variable removed");
    clearenv();
    print("environment cleared");
    return 0;
}
