/* Functions of libc that the compiler calls by itself. */
#ifndef INITD_MEMORY_H
#define INITD_MEMORY_H

#include <stddef.h>

void *memset(void *to, int byte, size_t size);
void *memcpy(void *to, const void *from, size_t size);

#endif
