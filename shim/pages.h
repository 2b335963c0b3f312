/* Pages that a start has used, and a sleep of days must not hold. */
#ifndef INITD_PAGES_H
#define INITD_PAGES_H

#include <stddef.h>

/* What was there is gone: it reads as zero. */
void release_memory(const void *from, size_t size);

/* The stack that functions used which have returned. */
void release_stack(void);

#endif
