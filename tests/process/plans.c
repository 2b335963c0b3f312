/* shim/start_plan.c under a sanitizer, many files a process. This process's words and
 * environment are those of init. On stdin the same record again and again: a length of 32
 * bits, that many bytes of a file. For each one on stdout: whether a plan can be used, the
 * length of what follows, and then either why not, or the words and variables of the shim,
 * each with its NUL, words and variables parted by another NUL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shim/entry.h"
#include "../../shim/start_plan.h"

static struct plan plan;
static char said[1 << 20];
static size_t length;

static void say(const char *text)
{
    memcpy(said + length, text, strlen(text) + 1);
    length += strlen(text) + 1;
}

int program(int argc, char **argv, char **envp)
{
    uint32_t size;
    while (fread(&size, sizeof size, 1, stdin) == 1) {
        char *file = malloc(size); /* so long and no longer: the sanitizer watches its end */
        if (fread(file, 1, size, stdin) != size)
            return 1;
        memset(&plan, 0, sizeof plan);
        plan.argc = argc;
        plan.argv = argv;
        plan.envp = envp;
        length = 0;
        uint32_t usable = (uint32_t)use_plan(&plan, file, size);
        if (usable) {
            for (char **word = plan.arguments; *word; word++)
                say(*word);
            say("");
            for (char **variable = plan.environment; *variable; variable++)
                say(*variable);
        } else {
            say(plan.reason);
        }
        uint32_t head[] = {usable, (uint32_t)length};
        fwrite(head, sizeof head, 1, stdout);
        fwrite(said, 1, length, stdout);
        free(file);
    }
    return 0;
}
