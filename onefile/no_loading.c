/* What libc, OpenSSL and psutil call to load a library: none is loaded. With these in place of
 * libc's, its loader is not linked at all. */
#include <stddef.h>

void *dlopen(const char *name, int flags);
void *dlsym(void *library, const char *name);
int dlclose(void *library);
char *dlerror(void);
int dladdr(const void *address, void *found);
void *__libc_dlopen_mode(const char *name, int mode);
void *__libc_dlsym(void *library, const char *name);
void *__libc_dlvsym(void *library, const char *name, const char *version);
int __libc_dlclose(void *library);

void *dlopen(const char *name, int flags)
{
    (void)name, (void)flags;
    return NULL;
}

void *dlsym(void *library, const char *name)
{
    (void)library, (void)name;
    return NULL;
}

int dlclose(void *library)
{
    (void)library;
    return -1;
}

char *dlerror(void)
{
    static char text[] = "this program loads no library";
    return text;
}

int dladdr(const void *address, void *found)
{
    (void)address, (void)found;
    return 0;
}

void *__libc_dlopen_mode(const char *name, int mode)
{
    return dlopen(name, mode);
}

void *__libc_dlsym(void *library, const char *name)
{
    return dlsym(library, name);
}

void *__libc_dlvsym(void *library, const char *name, const char *version)
{
    (void)version;
    return dlsym(library, name);
}

int __libc_dlclose(void *library)
{
    return dlclose(library);
}
