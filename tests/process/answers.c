/* shim/answer.c under a sanitizer, many answers a process. On stdin and stdout the same
 * record: a length of 32 bits, that many bytes. Before each record on stdout: the verdict,
 * 32 bits too. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../shim/answer.h"
#include "../../shim/entry.h"

static struct line line;

int program(int argc, char **argv, char **envp)
{
    uint32_t length;
    (void)argc, (void)argv, (void)envp;
    while (fread(&length, sizeof length, 1, stdin) == 1) {
        char *answer = malloc(length); /* so long and no longer: the sanitizer watches its end */
        if (fread(answer, 1, length, stdin) != length)
            return 1;
        uint32_t head[] = {read_answer(answer, length, &line), (uint32_t)line.length};
        fwrite(head, sizeof head, 1, stdout);
        fwrite(line.text, 1, line.length, stdout);
        free(answer);
    }
    return 0;
}
