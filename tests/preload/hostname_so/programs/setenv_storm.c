/* NAME: threads ask for the name while the environment moves under them. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define THREADS 4
#define CHANGES 20000

static atomic_int over, wrong, asked;
static const char *expected;

static void *ask(void *nothing)
{
    while (!atomic_load(&over)) {
        char name[256];
        struct utsname system;
        if (gethostname(name, sizeof name) || strcmp(name, expected))
            atomic_fetch_add(&wrong, 1);
        if (uname(&system) || strcmp(system.nodename, expected))
            atomic_fetch_add(&wrong, 1);
        atomic_fetch_add(&asked, 1);
    }
    return nothing;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    if (argc != 2)
        return 1;
    expected = argv[1];
    for (int at = 0; at < THREADS; at++)
        pthread_create(&threads[at], NULL, ask, NULL);
    while (!atomic_load(&asked))
        ;
    for (int change = 0; change < CHANGES; change++) {
        char variable[32], value[32];
        snprintf(variable, sizeof variable, "VARIABLE_%d", change % 500);
        snprintf(value, sizeof value, "%d", change);
        setenv(variable, value, 1);
        setenv("INITD_HOSTNAME", value, 1);
        if (change % 3 == 0)
            unsetenv("INITD_HOSTNAME");
    }
    atomic_store(&over, 1);
    for (int at = 0; at < THREADS; at++)
        pthread_join(threads[at], NULL);
    printf("wrong: %d\n", atomic_load(&wrong));
    return 0;
}
