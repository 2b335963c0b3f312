/* The reader of the shim's options: words that end in NUL as its command line. */
#include "../../shim/options.h"

#include "fuzz.h"

#define WORDS_AT_MOST 256

static struct options options;

static void check_options(char **argv)
{
    REQUIRE(options.command > argv && options.command[0]);
    REQUIRE(strncmp(options.command[-1], "--", 2) == 0);
    REQUIRE(options.limit_count <= LIMITS_AT_MOST && options.group_count <= GROUPS_AT_MOST);
    if (options.directory)
        touch(options.directory, strlen(options.directory));
    if (options.oom_score)
        touch(options.oom_score, strlen(options.oom_score));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *argv[WORDS_AT_MOST + 2] = {"ppidshim"};
    int count = 1;

    for (size_t at = 0; at < size && count <= WORDS_AT_MOST;) {
        size_t length = strnlen((const char *)data + at, size - at);
        argv[count++] = text_of(data + at, length);
        at += length + 1;
    }
    memset(&options, 0, sizeof options);
    if (read_options(&options, argv))
        check_options(argv);
    while (--count)
        free(argv[count]);
    return 0;
}
