/* LENGTH: what a distribution's fortified program does with a length that the compiler
 * does not know: it is compiled into a call of __gethostname_chk. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char buffer[32];
    if (argc != 2 || gethostname(buffer, (size_t)atoi(argv[1])))
        return 1;
    puts(buffer);
    return 0;
}
