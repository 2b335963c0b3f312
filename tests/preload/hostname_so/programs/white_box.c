/* hostname.c itself, with every check that the compiler can add: buffers of the very
 * size, texts without a byte behind them, and the states that only a race brings about.
 *
 *     white_box           its own cases; says "sound"
 *     white_box file      the name that the file gives
 */
#define _GNU_SOURCE
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define gethostname subject_gethostname
#define uname subject_uname
#define __gethostname_chk subject_gethostname_chk
#include "hostname.c"

#define NAME "web.example.org"

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

static int asks(const char *entry, char *scratch)
{
    char *block = text(entry, 0);
    char *entries[] = {block, NULL};
    int found = find_name(scratch, entries);
    free(block);
    return found;
}

static void entries_that_only_look_like_the_variable(void)
{
    char *scratch = malloc(NAME_SIZE);
    const char *others[] = {"", "=", "I", "INITD_HOSTNAM", "INITD_HOSTNAME", "INITD_HOSTNAMES=x",
                            "initd_hostname=x"};
    for (size_t at = 0; at < sizeof others / sizeof *others; at++)
        assert(!asks(others[at], scratch));
    assert(asks("INITD_HOSTNAME=x", scratch) && strcmp(scratch, "x") == 0);
    free(scratch);
}

static void names_of_every_length(void)
{
    char *scratch = malloc(NAME_SIZE);
    for (size_t length = 0; length <= 2 * LONGEST; length++) {
        char *name = text("", length);
        int valid = length > 0 && length <= LONGEST;
        assert(take_name(scratch, name, 0) == valid);
        assert(!valid || strlen(scratch) == length);
        free(name);
    }
    free(scratch);
}

static void every_character(void)
{
    static const char names[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    char *scratch = malloc(NAME_SIZE);
    for (int character = 1; character < 256; character++) {
        char name[] = {'a', (char)character, 0};
        assert(take_name(scratch, name, 0) == (strchr(names, character) != NULL));
    }
    free(scratch);
}

static void buffers_of_every_size(void)
{
    for (size_t size = 0; size <= LONGEST + 16; size++) {
        char *buffer = malloc(size);
        assert((gethostname(buffer, size) == 0) == (size > strlen(NAME)));
        free(buffer);
    }
    struct new_utsname *system = malloc(sizeof *system);
    assert(uname(system) == 0 && strcmp(system->nodename, NAME) == 0);
    free(system);
}

/* A thread that writes the name does not exist in the child that was forked then, and
 * a handler may have interrupted it: the answer is right, and `kept` is left alone. */
static void while_another_writes(void)
{
    char name[NAME_SIZE];
    state = WRITING;
    memset(kept, '!', sizeof kept);
    assert(gethostname(name, sizeof name) == 0 && strcmp(name, NAME) == 0);
    assert(state == WRITING && kept[0] == '!');
}

static void while_there_is_no_environment(void)
{
    char scratch[NAME_SIZE];
    char **environment = environ;
    state = UNKNOWN;
    environ = NULL;
    workload_name(scratch);
    assert(state == UNKNOWN);
    environ = environment;
    assert(strcmp(workload_name(scratch), NAME) == 0 && state == NAMED);
}

static void a_name_that_is_not_there_is_kept_too(void)
{
    char scratch[NAME_SIZE];
    char **environment = environ;
    state = UNKNOWN;
    environ = no_entries;
    assert(!workload_name(scratch) && state == NAMELESS);
    environ = environment;
    assert(!workload_name(scratch));
}

static int print_name_of_file(void)
{
    char *scratch = malloc(NAME_SIZE);
    puts(find_name(scratch, no_entries) ? scratch : "none");
    free(scratch);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "file") == 0)
        return print_name_of_file();
    assert(state == NAMED && strcmp(kept, NAME) == 0);
    entries_that_only_look_like_the_variable();
    names_of_every_length();
    every_character();
    buffers_of_every_size();
    while_another_writes();
    while_there_is_no_environment();
    a_name_that_is_not_there_is_kept_too();
    puts("sound");
    return 0;
}
