/*
 * What a call costs: libc's own functions beside those of the library, in one process, by turns.
 *
 *     preload_calls LIBRARY BATCHES CALLS
 *
 * One line for each batch, of nanoseconds per call:
 *     gethostname of libc, of the library, uname of libc, of the library
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

typedef int name_function(char *buffer, size_t size);
typedef int system_function(struct utsname *system);

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double of_name(name_function *function, int calls)
{
    char buffer[256];
    double start = now_ns();
    for (int call = 0; call < calls; call++)
        if (function(buffer, sizeof buffer) != 0)
            err(125, "gethostname");
    return (now_ns() - start) / calls;
}

static double of_system(system_function *function, int calls)
{
    struct utsname system;
    double start = now_ns();
    for (int call = 0; call < calls; call++)
        if (function(&system) != 0)
            err(125, "uname");
    return (now_ns() - start) / calls;
}

int main(int argc, char **argv)
{
    name_function *name;
    system_function *system;
    void *library;
    int calls;

    if (argc != 4)
        errx(125, "usage: preload_calls LIBRARY BATCHES CALLS");
    library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        errx(125, "%s", dlerror());
    *(void **)&name = dlsym(library, "gethostname");
    *(void **)&system = dlsym(library, "uname");
    if (name == NULL || system == NULL || name == gethostname || system == uname)
        errx(125, "%s has no such functions of its own", argv[1]);
    calls = atoi(argv[3]);
    for (int batch = 0; batch < atoi(argv[2]); batch++) {
        double libcs_name = of_name(gethostname, calls), librarys_name = of_name(name, calls);
        double libcs_system = of_system(uname, calls), librarys_system = of_system(system, calls);
        printf("%.2f %.2f %.2f %.2f\n", libcs_name, librarys_name, libcs_system, librarys_system);
    }
    return 0;
}
