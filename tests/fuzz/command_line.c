/* Words and variables as the kernel lays them, one behind the other: hidden, shown again, wiped. */
#include "../../shim/command_line.h"

#include "fuzz.h"

#define WORDS_AT_MOST 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *words[WORDS_AT_MOST + 1] = {0}, *block = text_of(data, size), *was = text_of(data, size);
    int count = 0, argc = size ? data[0] % WORDS_AT_MOST : 0;

    for (size_t at = 0; at < size && count < WORDS_AT_MOST; at += strlen(block + at) + 1)
        words[count++] = block + at;
    char *last = argc && argc < count ? words[argc] : 0;
    if (argc && argc < count)
        words[argc] = 0; /* the rest are variables */

    char *end = hide_words(words);
    REQUIRE(!end || (end >= words[1] && *end == ' '));
    show_words(end);
    REQUIRE(memcmp(block, was, size + 1) == 0);
    if (last) {
        words[argc] = last;
        char *behind = words[count - 1] + strlen(words[count - 1]);
        wipe_variables(words + argc);
        REQUIRE(memcmp(block, was, (size_t)(last - block)) == 0);
        for (char *each = last; each < behind; each++)
            REQUIRE(!*each);
    }
    free(was);
    free(block);
    return 0;
}
