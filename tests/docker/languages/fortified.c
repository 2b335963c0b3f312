/* LENGTH: a length that the compiler does not know makes gethostname(2) __gethostname_chk
 * where the program is fortified, as distributions build all of theirs. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char name[256];
    if (argc != 2 || gethostname(name, (size_t)atoi(argv[1])))
        return 1;
    puts(name);
    return 0;
}
