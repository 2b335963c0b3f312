/* OBJECT NAME: threads that all take the first look at the name, in each round anew.
 *
 * The constructor keeps nothing while there is no environment, and a process that
 * has threads has one; so it is taken away for as long as the constructor runs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4
#define ROUNDS 300

extern char **environ;

typedef int gethostname_function(char *, size_t);

static gethostname_function *subject;
static pthread_barrier_t start;
static const char *expected;
static atomic_int wrong;

static void *ask(void *nothing)
{
    char name[256];
    pthread_barrier_wait(&start);
    for (int again = 0; again < 3; again++)
        if (subject(name, sizeof name) || strcmp(name, expected))
            atomic_fetch_add(&wrong, 1);
    return nothing;
}

static void take_round(const char *object)
{
    pthread_t threads[THREADS];
    char **environment = environ;
    environ = NULL;
    void *handle = dlopen(object, RTLD_NOW | RTLD_LOCAL);
    environ = environment;
    if (!handle)
        exit(1);
    *(void **)&subject = dlsym(handle, "gethostname");
    for (int at = 0; at < THREADS; at++)
        pthread_create(&threads[at], NULL, ask, NULL);
    for (int at = 0; at < THREADS; at++)
        pthread_join(threads[at], NULL);
    dlclose(handle);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 1;
    expected = argv[2];
    pthread_barrier_init(&start, NULL, THREADS);
    for (int round = 0; round < ROUNDS; round++)
        take_round(argv[1]);
    printf("wrong: %d\n", atomic_load(&wrong));
    return 0;
}
