/* FOLDER OBJECT NAME: threads that all take the first look at the name, in each round anew. */
#define _GNU_SOURCE
#include "blindfold.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define THREADS 64
#define ROUNDS  40

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

static void take_round(const char *folder, const char *object)
{
    pthread_t threads[THREADS];
    void *handle;
    subject = load_blind(folder, object, &handle);
    for (int at = 0; at < THREADS; at++)
        pthread_create(&threads[at], NULL, ask, NULL);
    for (int at = 0; at < THREADS; at++)
        pthread_join(threads[at], NULL);
    dlclose(handle);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 1;
    expected = argv[3];
    pthread_barrier_init(&start, NULL, THREADS);
    for (int round = 0; round < ROUNDS; round++)
        take_round(argv[1], argv[2]);
    printf("wrong: %d\n", atomic_load(&wrong));
    return 0;
}
