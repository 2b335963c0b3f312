#include "secrets.h"

#include <linux/errno.h>
#include <linux/mman.h>
#include <linux/prctl.h>

#include "environment.h"
#include "sys.h"
#include "text.h"

/* `size` bytes, all zero; 0 if there is no memory for them. */
static void *pages(size_t size)
{
    long address = sys_mmap(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
    return address < 0 ? 0 : (void *)address;
}

/* The number of bytes, or -errno. */
static long read_to_end(int descriptor, char *to, size_t size)
{
    size_t length = 0;
    while (length < size) {
        long count = sys_read(descriptor, to + length, size - length);
        if (count < 0 && count != -EINTR)
            return count;
        if (count == 0)
            return (long)length;
        if (count > 0)
            length += (size_t)count;
    }
    return -E2BIG;
}

static int is_complete(const char *block, size_t length)
{
    if (length == 1)
        return !block[0]; /* no secret is a variable */
    return length > 1 && !block[length - 1] && !block[length - 2];
}

static size_t count_of(char *const *list)
{
    size_t count = 0;
    while (list[count])
        count++;
    return count;
}

/* Every one of that name. */
static void remove_variable(char **envp, const char *name)
{
    char **found = find_variable(envp, name);
    while (*found) {
        for (char **at = found; *at; at++)
            at[0] = at[1];
        found = find_variable(found, name);
    }
}

int add_secrets(int descriptor, char ***envp)
{
    /* Another process of the app's user could look into this one, and a core dump would have
     * it all; exec resets it. */
    sys_prctl(PR_SET_DUMPABLE, 0);
    char *block = pages(SECRETS_LONGEST);
    if (!block)
        return -ENOMEM;
    long length = read_to_end(descriptor, block, SECRETS_LONGEST);
    if (length < 0)
        return (int)length;
    if (!is_complete(block, (size_t)length))
        return -ENODATA;

    size_t given = count_of(*envp), added = 0;
    for (const char *at = block; *at; at += text_length(at) + 1)
        added++;
    char **all = pages((given + added + 1) * sizeof *all);
    if (!all)
        return -ENOMEM;
    for (size_t at = 0; at < given; at++)
        all[at] = (*envp)[at];
    for (char *at = block; *at; at += text_length(at) + 1) {
        remove_variable(all, at);
        if (at[name_length(at)])
            all[count_of(all)] = at;
    }
    *envp = all;
    return 0;
}
