/* What the fuzz targets share. */
#ifndef INITD_FUZZ_H
#define INITD_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)    \
    do {                      \
        if (!(condition))     \
            __builtin_trap(); \
    } while (0)

/* A block that ends where the bytes do: the sanitizer watches its end. */
static inline char *copy_of(const void *bytes, size_t size)
{
    char *block = malloc(size ? size : 1);
    REQUIRE(block);
    if (size)
        memcpy(block, bytes, size);
    return block;
}

/* The same with a NUL behind. */
static inline char *text_of(const void *bytes, size_t size)
{
    char *block = malloc(size + 1);
    REQUIRE(block);
    memcpy(block, bytes, size);
    block[size] = 0;
    return block;
}

/* Reads every byte. */
static inline void touch(const void *bytes, size_t size)
{
    static volatile char sum;
    for (size_t at = 0; at < size; at++)
        sum = (char)(sum ^ ((const char *)bytes)[at]);
}

#endif
