/* `initd health`: any words, and any bytes as the answer of whoever listens there. */
#include "../../shim/control_client.h"
#include "../../shim/line.h"
#include "../../shim/signals.h"
#include "fuzz.h"

static const uint8_t *rest;
static size_t left;

/* A piece of the input, or an error. */
static long answer_of_somebody(const char *path, const char *request, char *answer)
{
    REQUIRE(path && strlen(path) + 1);
    REQUIRE(!strncmp(request, "{\"verb\":\"health\",\"argument\":\"", 28));
    REQUIRE(request[strlen(request) - 1] == '\n' && strlen(request) < 128);
    if (!left)
        return -2;
    size_t count = *rest % 4 == 3 ? left : *rest;
    count = count < left ? count : left;
    count = count < ANSWER_SIZE ? count : ANSWER_SIZE;
    memcpy(answer, rest, count);
    rest += count;
    left -= count;
    return count % 5 == 4 ? -(long)count : (long)count;
}

static void told(const struct line *line)
{
    REQUIRE(line->length && line->length < LINE_SIZE);
    touch(line->text, line->length);
}

#define ask(path, whose, users, request, answer, until) \
    ((void)(whose), (void)(users), (void)(until), answer_of_somebody(path, request, answer))
#define line_write(line)          told(line)
#define reset_disposition(number) ((void)(number))
#define set_signal_mask(mask)     ((void)(mask))
#include "../../shim/health.c"

#define WORDS_AT_MOST 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *words[WORDS_AT_MOST + 1] = {0}, *envp[] = {"PATH=/bin", 0, 0};
    int count = 0, wanted = size ? data[0] % WORDS_AT_MOST : 0;
    size_t at = size > 0;

    for (; at < size && count < wanted; count++) {
        size_t length = strnlen((const char *)data + at, size - at);
        words[count] = text_of(data + at, length);
        at += length + 1;
    }
    rest = data + (at < size ? at : size);
    left = size - (size_t)(rest - data);
    if (size && data[0] & 0x40)
        envp[1] = "INITD_SOCKET=/run/else.sock";
    int code = health(words, envp);
    REQUIRE(code == 0 || code == 1 || code == NOT_UNDERSTOOD);
    while (count--)
        free(words[count]);
    return 0;
}
