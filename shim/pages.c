#include "pages.h"

#include <asm/mman.h>
#include <stdint.h>

#include "sys.h"

#define PAGE    4096u
#define USED    PAGE        /* by whoever releases the stack, and by those that it calls */
#define DEEPEST (16 * PAGE) /* that functions of the launcher have ever used */

void release_memory(const void *from, size_t size)
{
    uintptr_t first = ((uintptr_t)from + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
    uintptr_t end = ((uintptr_t)from + size) & ~(uintptr_t)(PAGE - 1);
    if (first < end)
        sys_madvise(first, end - first, MADV_DONTNEED); /* where pages are larger, it fails */
}

void release_stack(void)
{
    char here;
    release_memory((const char *)((uintptr_t)&here - DEEPEST - USED), DEEPEST);
}
