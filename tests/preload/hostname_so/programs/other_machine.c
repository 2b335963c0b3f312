/* The name, in a program for another machine than the library's: without a C library's headers
 * and start files, which need not be there for it. */
extern int gethostname(char *buffer, unsigned long size);
extern int puts(const char *line);
extern __attribute__((noreturn)) void exit(int code);

__attribute__((force_align_arg_pointer)) void _start(void)
{
    char name[256];
    exit(gethostname(name, sizeof name) || puts(name) < 0);
}
