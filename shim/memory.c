/* What the compiler expects of a C library: it may turn initialisers and assignments into
 * calls of these. */
#include "memory.h"

#ifndef INITD_HOSTED

void *memset(void *to, int byte, size_t size)
{
    for (char *at = to; size--;)
        *at++ = (char)byte;
    return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
    const char *source = from;
    for (char *at = to; size--;)
        *at++ = *source++;
    return to;
}

#endif
