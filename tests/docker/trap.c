/* A library that says into whom it has been loaded, on stderr: "trapped NAME". Built as any of the
 * libraries that a program can be made to load; NSS finds a module's functions in it. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

__attribute__((constructor)) static void say(void)
{
    char name[64] = "", line[80];
    int file = open("/proc/self/comm", O_RDONLY);
    if (read(file, name, sizeof name - 1) > 0) {
        int length = snprintf(line, sizeof line, "trapped %s", name); /* with its newline */
        if (write(2, line, (size_t)length) != length)
            _exit(66);
    }
    close(file);
}

/* NSS: "unavailable", so that the next source is asked. */
enum { UNAVAILABLE = -1 };

int _nss_trap_getpwnam_r(void);
int _nss_trap_getpwnam_r(void)
{
    return UNAVAILABLE;
}

int _nss_trap_getgrnam_r(void);
int _nss_trap_getgrnam_r(void)
{
    return UNAVAILABLE;
}

int _nss_trap_gethostbyname4_r(void);
int _nss_trap_gethostbyname4_r(void)
{
    return UNAVAILABLE;
}
