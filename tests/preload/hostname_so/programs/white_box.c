/* hostname.c itself, with every check that the compiler can add: buffers of the very
 * size, texts without a byte behind them, and the states that only a race brings about.
 *
 *     white_box           its own cases; says "sound"
 *     white_box file      the name that the file gives
 *     white_box hidden    the one without an environment and /proc; says "sound"
 *     white_box race      threads that all take the first look; says "sound"
 */
#define _GNU_SOURCE
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define gethostname       subject_gethostname
#define uname             subject_uname
#define __gethostname_chk subject_gethostname_chk
#include "hostname.c"

#define NAME    "web.example.org"
#define THREADS 16
#define ROUNDS  50

static char *no_entries[] = {NULL};

/* In a block of its own that ends where the text does. */
static char *text(const char *prefix, size_t fill)
{
    size_t length = strlen(prefix);
    char *block = malloc(length + fill + 1);
    memcpy(block, prefix, length);
    memset(block + length, 'a', fill);
    block[length + fill] = 0;
    return block;
}

static int asks(const char *entry, char *value)
{
    char *block = text(entry, 0);
    char *entries[] = {block, NULL};
    int found = see_in_environment(value, entries) == SET;
    free(block);
    return found;
}

static void entries_that_only_look_like_the_variable(void)
{
    char *value = malloc(VALUE_SIZE);
    const char *others[] = {
        "", "=", "I", "INITD_HOSTNAM", "INITD_HOSTNAME", "INITD_HOSTNAMES=x", "initd_hostname=x"};
    for (size_t at = 0; at < sizeof others / sizeof *others; at++)
        assert(!asks(others[at], value));
    assert(asks("INITD_HOSTNAME=x", value) && strcmp(value, "x") == 0);
    free(value);
}

static void values_of_every_length(void)
{
    char *value = malloc(VALUE_SIZE);
    for (size_t length = 0; length <= 2 * HOSTNAME_LONGEST; length++) {
        char *entry = text("INITD_HOSTNAME=", length);
        char *entries[] = {entry, NULL};
        assert(see_in_environment(value, entries) == SET);
        assert(strlen(value) == (length < VALUE_SIZE ? length : VALUE_SIZE - 1));
        free(entry);
    }
    free(value);
}

/* Entries of /proc/self/environ, which come byte by byte. */
static void entries_of_every_length(void)
{
    for (size_t length = 0; length <= 3 * HOSTNAME_LONGEST; length++) {
        char *other = text("OTHER=", length), *ours = text("INITD_HOSTNAME=", length);
        struct entry *entry = malloc(sizeof *entry);
        entry->length = 0;
        for (size_t at = 0; at <= strlen(other); at++)
            assert(!take_byte(entry, other[at]));
        for (size_t at = 0; at <= strlen(ours); at++)
            assert(!take_byte(entry, ours[at]) == (ours[at] != 0));
        size_t seen = strlen(value_of(entry->text));
        assert(length < VALUE_SIZE ? seen == length : seen >= VALUE_SIZE - 1);
        free(entry);
        free(other);
        free(ours);
    }
}

static void names_of_every_length(void)
{
    struct name *name = malloc(sizeof *name);
    for (size_t length = 0; length <= 2 * HOSTNAME_LONGEST; length++) {
        char *label = text("", length), *labels = text("a.", length);
        size_t of_labels = length > 0 && length + 2 <= HOSTNAME_LONGEST ? length + 2 : 0;
        take_name(name, label, 0);
        assert(name->length == (length <= HOSTNAME_LONGEST_LABEL ? length : 0));
        assert(memcmp(name->text, label, name->length) == 0 && !name->text[name->length]);
        take_name(name, labels, 0);
        assert(name->length == of_labels);
        free(label);
        free(labels);
    }
    free(name);
}

static void every_character(void)
{
    static const char names[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    for (int character = 1; character < 256; character++) {
        char name[] = {'a', (char)character, 'a', 0};
        assert(length_of_name(name, 0) == (strchr(names, character) ? 3 : 0));
    }
}

static void copies_of_every_size(void)
{
    for (size_t size = 0; size <= 3 * sizeof(word) + 1; size++) {
        char *from = text("", size), *to = malloc(size);
        for (size_t at = 0; at < size; at++)
            from[at] = (char)('a' + at);
        copy(to, from, size);
        assert(memcmp(to, from, size) == 0);
        free(from);
        free(to);
    }
}

static void buffers_of_every_size(void)
{
    for (size_t size = 0; size <= 300; size++) {
        char *buffer = malloc(size);
        assert((gethostname(buffer, size) == 0) == (size > strlen(NAME)));
        free(buffer);
    }
    struct new_utsname *system = malloc(sizeof *system);
    assert(uname(system) == 0 && strcmp(system->nodename, NAME) == 0);
    free(system);
}

static void forget(void)
{
    kept = NULL;
    places_taken = 0;
    memset(places, '!', sizeof places);
}

static int answers(const char *expected)
{
    char name[NAME_SIZE];
    return gethostname(name, sizeof name) == 0 && strcmp(name, expected) == 0;
}

/* A thread that was writing does not exist in the child that was forked then, and a
 * handler may have interrupted it: its place is lost, and the next one is taken. */
static void while_another_writes(void)
{
    forget();
    places_taken = 1;
    assert(answers(NAME));
    assert(kept == &places[1] && places[0].text[0] == '!');
}

static void when_no_place_is_left(void)
{
    forget();
    places_taken = PLACES;
    assert(answers(NAME) && answers(NAME));
    assert(!kept && places_taken == PLACES && places[PLACES - 1].text[0] == '!');
}

static void while_there_is_no_environment(void)
{
    char **environment = environ;
    forget();
    environ = NULL;
    assert(answers(NAME) && kept);
    environ = environment;
}

static void a_name_that_is_not_there_is_kept_too(void)
{
    struct name scratch;
    char **environment = environ;
    forget();
    environ = no_entries;
    assert(!workload_name(&scratch)->length && kept && !kept->length);
    environ = environment;
    assert(!workload_name(&scratch)->length);
}

/* The file's name meanwhile, or the kernel's. */
static void while_nothing_can_be_seen(void)
{
    char **environment = environ;
    forget();
    environ = NULL;
    assert(chroot("/dev") == 0);
    assert(!answers(NAME) && !kept && places_taken == 0);
    environ = environment;
    assert(answers(NAME) && kept == &places[0]);
}

static pthread_barrier_t start;

static void *ask(void *nothing)
{
    pthread_barrier_wait(&start);
    assert(answers(NAME) && answers(NAME));
    return nothing;
}

static void threads_that_look_at_the_same_time(void)
{
    pthread_t threads[THREADS];
    forget();
    for (int at = 0; at < THREADS; at++)
        pthread_create(&threads[at], NULL, ask, NULL);
    for (int at = 0; at < THREADS; at++)
        pthread_join(threads[at], NULL);
    assert(kept && strcmp(kept->text, NAME) == 0);
}

static int print_name_of_file(void)
{
    struct name *name = malloc(sizeof *name);
    take_name_from_file(name);
    puts(name->length ? name->text : "none");
    free(name);
    return 0;
}

static void own_cases(void)
{
    assert(kept && strcmp(kept->text, NAME) == 0); /* by the constructor */
    entries_that_only_look_like_the_variable();
    values_of_every_length();
    entries_of_every_length();
    names_of_every_length();
    every_character();
    copies_of_every_size();
    buffers_of_every_size();
    while_another_writes();
    when_no_place_is_left();
    while_there_is_no_environment();
    a_name_that_is_not_there_is_kept_too();
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    if (strcmp(mode, "file") == 0)
        return print_name_of_file();
    pthread_barrier_init(&start, NULL, THREADS);
    if (strcmp(mode, "hidden") == 0) {
        while_nothing_can_be_seen();
        _exit(dprintf(1, "sound\n") < 0); /* the search for leaks would look for /proc */
    }
    if (strcmp(mode, "race") == 0)
        for (int round = 0; round < ROUNDS; round++)
            threads_that_look_at_the_same_time();
    else
        own_cases();
    puts("sound");
    return 0;
}
