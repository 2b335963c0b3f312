/* shim/hosts_line.c under a sanitizer, many files a process. On stdin the same record again and
 * again: four lengths of 32 bits, then a file, a name, and the kernel's name, each with so many
 * bytes; the fourth is the room for the result. For each one on stdout: whether the file lists the
 * name, the length of what follows, and the file with the name; no length if there is none. Without
 * a kernel's name the file is one of mounts, and the name a path in it or not. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../shim/entry.h"
#include "../../shim/hosts_line.h"

static char *taken(uint32_t size, int ends)
{
    char *bytes = malloc(size + (size_t)ends + !size); /* the sanitizer watches its end */
    if (fread(bytes, 1, size, stdin) != size)
        exit(1);
    if (ends)
        bytes[size] = 0;
    return bytes;
}

int program(int argc, char **argv, char **envp)
{
    uint32_t sizes[4];
    (void)argc, (void)argv, (void)envp;
    while (fread(sizes, sizeof sizes, 1, stdin) == 1) {
        char *text = taken(sizes[0], 0), *name = taken(sizes[1], 1), *kernel = taken(sizes[2], 1);
        char *to = malloc(sizes[3] + !sizes[3]);
        uint32_t head[2] = {0, 0};
        if (kernel[0]) {
            head[0] = (uint32_t)hosts_list(text, sizes[0], name);
            head[1] = (uint32_t)hosts_with_name(to, sizes[3], text, sizes[0], name, kernel);
        } else {
            head[0] = (uint32_t)is_mount_point(text, sizes[0], name);
        }
        fwrite(head, sizeof head, 1, stdout);
        fwrite(to, 1, head[1], stdout);
        free(to);
        free(kernel);
        free(name);
        free(text);
    }
    return 0;
}
