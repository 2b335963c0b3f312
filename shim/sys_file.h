/* System calls that change files, as those of sys.h. */
#ifndef INITD_SYS_FILE_H
#define INITD_SYS_FILE_H

#include "sys.h"

struct flock;

/* A new file, open for writing. */
ALWAYS_INLINE int sys_create(const char *path, int flags, int mode)
{
    return (int)system_call4(__NR_openat, -100 /* AT_FDCWD */, (long)path, flags, mode);
}

ALWAYS_INLINE int sys_fchmod(int fd, int mode)
{
    return (int)system_call2(__NR_fchmod, fd, mode);
}

/* Both paths are absolute. */
ALWAYS_INLINE int sys_rename(const char *from, const char *to)
{
    return (int)system_call5(__NR_renameat2, -100, (long)from, -100, (long)to, 0);
}

ALWAYS_INLINE int sys_ftruncate(int fd, size_t size)
{
    return (int)system_call2(__NR_ftruncate, fd, (long)size);
}

ALWAYS_INLINE long sys_pread64(int fd, void *to, size_t size, long at)
{
    return system_call4(__NR_pread64, fd, (long)to, (long)size, at);
}

ALWAYS_INLINE int sys_lock(int fd, int command, const struct flock *lock)
{
    return (int)system_call3(__NR_fcntl, fd, command, (long)lock);
}

#endif
