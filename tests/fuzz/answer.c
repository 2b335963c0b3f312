/* The reader of pid 1's answer to `health`: any bytes as the answer. */
#include "../../shim/answer.h"

#include "fuzz.h"

static struct line line;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *answer = copy_of(data, size);
    enum verdict verdict = read_answer(answer, size, &line);

    REQUIRE(line.length < LINE_SIZE);
    if (verdict != NO_ANSWER) {
        const char *unwell = memcmp(answer, "{\"error\"", 8) ? "unhealthy: " : "unknown: ";
        const char *start = verdict == HEALTHY ? "healthy: " : unwell;
        REQUIRE(size && answer[size - 1] == '\n');
        REQUIRE(line.length >= strlen(start) && memcmp(line.text, start, strlen(start)) == 0);
    }
    touch(line.text, line.length);
    free(answer);
    return 0;
}
