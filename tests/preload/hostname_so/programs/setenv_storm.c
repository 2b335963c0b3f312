/* NAME: 64 threads ask for the name while others move the environment under them. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define ASKERS   64
#define CHANGERS 2
#define CHANGES  5000

static atomic_int over, wrong, asked;
static const char *expected;
/* musl's setenv has no lock of its own. */
static pthread_mutex_t one_changes = PTHREAD_MUTEX_INITIALIZER;

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

static void change(int number)
{
    char variable[32], value[32];
    snprintf(variable, sizeof variable, "VARIABLE_%d", number % 500);
    snprintf(value, sizeof value, "%d", number);
    setenv(variable, value, 1);
    setenv("INITD_HOSTNAME", value, 1);
    if (number % 3 == 0)
        unsetenv("INITD_HOSTNAME");
    if (number % 100 == 0)
        clearenv();
}

static void *change_often(void *nothing)
{
    for (int number = 1; number <= CHANGES; number++) {
        pthread_mutex_lock(&one_changes);
        change(number);
        pthread_mutex_unlock(&one_changes);
    }
    return nothing;
}

int main(int argc, char **argv)
{
    pthread_t askers[ASKERS], changers[CHANGERS];
    if (argc != 2)
        return 1;
    expected = argv[1];
    for (int at = 0; at < CHANGERS; at++)
        pthread_create(&changers[at], NULL, change_often, NULL);
    for (int at = 0; at < ASKERS; at++)
        pthread_create(&askers[at], NULL, ask, NULL);
    while (!atomic_load(&asked))
        ;
    for (int at = 0; at < CHANGERS; at++)
        pthread_join(changers[at], NULL);
    atomic_store(&over, 1);
    for (int at = 0; at < ASKERS; at++)
        pthread_join(askers[at], NULL);
    printf("wrong: %d\n", atomic_load(&wrong));
    return 0;
}
