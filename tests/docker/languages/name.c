/* gethostname|uname: the name, by that function. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char name[256];
    struct utsname system;
    if (argc != 2 || gethostname(name, sizeof name) || uname(&system))
        return 1;
    puts(strcmp(argv[1], "uname") ? name : system.nodename);
    return 0;
}
