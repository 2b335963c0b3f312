/* The text of /etc/hosts, and the lines in it that make a name resolve: as
 * initd/core/hostname/hosts_line.py has them, byte for byte, for a file that an engine has
 * written. tests/process/test_plan_reader.py compares the two. */
#ifndef INITD_HOSTS_LINE_H
#define INITD_HOSTS_LINE_H

#include <stddef.h>

/* Of a file that is looked at here; of a longer one Python. */
#define HOSTS_LONGEST (64 * 1024)
/* That the kernel's name may have here. */
#define HOSTS_ADDRESSES_AT_MOST 8
/* Enough for the lines that are added. */
#define HOSTS_LINES_SIZE 4096

/* Whether a line gives the name an address. */
int hosts_list(const char *text, size_t size, const char *name);

/* Writes the file with the name added to each address that the kernel's short name has, and returns
 * its length. 0 where the kernel's name has no address, or too many, or there is no room. */
size_t hosts_with_name(char *to, size_t room, const char *text, size_t size, const char *name,
                       const char *kernel_name);

/* Whether the file is a mount point by the text of /proc/self/mountinfo (proc(5)), as engines make
 * it. */
int is_mount_point(const char *mounts, size_t size, const char *path);

#endif
