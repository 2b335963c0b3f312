#include "descriptors.h"

#include <asm/stat.h>
#include <linux/fcntl.h>

#include "contract.h"
#include "sys.h"
#include "text.h"

#define ENTRIES_AT_ONCE 4096
#define ENTRY_LONGEST   288 /* with a name of 255 bytes */
/* Room for the numbers of a thousand. The app inherits any that are not listed, too; but init,
 * which does not know of them, keeps them open. */
#define LIST_SIZE 8192
/* Where there is no /proc to list them: as far as is looked. */
#define PROBED      1024
#define DESCRIPTORS "/proc/self/fd"
#define STANDARD    3

static char list[LIST_SIZE];

static void add(int descriptor)
{
    text_append(list, sizeof list, list[0] ? "," : DESCRIPTORS_OPTION);
    text_append_number(list, sizeof list, (unsigned)descriptor);
}

/* The number in the name of an entry; 0 for "." and "..". */
static int number_of(const char *name)
{
    int number = 0;
    while (*name >= '0' && *name <= '9')
        number = number * 10 + (*name++ - '0');
    return number;
}

static void list_entries(int directory)
{
    _Alignas(struct directory_entry) char entries[ENTRIES_AT_ONCE];
    long size = ENTRIES_AT_ONCE;
    /* With room left, there were no more: a system call less in every start. */
    while (size > ENTRIES_AT_ONCE - ENTRY_LONGEST) {
        size = sys_getdents64(directory, entries, sizeof entries);
        for (long at = 0; at < size;) {
            const struct directory_entry *entry = (const void *)(entries + at);
            int descriptor = number_of(entry->name);
            at += entry->length;
            if (descriptor > 2 && descriptor != directory)
                add(descriptor);
        }
    }
}

/* Since Linux 6.2 the directory's size is how many there are; before, it is 0. Nearly every
 * container has the standard ones alone, and is not asked for their names. */
static int has_standard_ones_alone(void)
{
    struct stat state;
    return sys_newfstatat(AT_FDCWD, DESCRIPTORS, &state, 0) == 0 && state.st_size == STANDARD;
}

char *inherited_descriptors(void)
{
    if (has_standard_ones_alone())
        return 0;
    int directory = sys_openat(AT_FDCWD, DESCRIPTORS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
        list_entries(directory);
        sys_close(directory);
    } else {
        for (int descriptor = 3; descriptor < PROBED; descriptor++)
            if (sys_fcntl(descriptor, F_GETFD, 0) >= 0)
                add(descriptor);
    }
    return list[0] ? list : 0;
}
