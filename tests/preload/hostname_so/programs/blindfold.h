/* A process that can't see its environment, neither by libc nor in /proc: the library keeps
 * nothing meanwhile, and whoever asks afterwards takes a first look. Only root may chroot. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern char **environ;

typedef int gethostname_function(char *, size_t);

static char **environment;
static int outside;

static inline void put_blindfold_on(const char *root)
{
    environment = environ;
    environ = NULL;
    outside = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (outside < 0 || chroot(root))
        exit(2);
}

static inline void take_blindfold_off(void)
{
    if (fchdir(outside) || chroot("."))
        exit(2);
    close(outside);
    environ = environment;
}

/* Loads `object` of `folder`, whose constructor is blind; gives its gethostname. */
static inline gethostname_function *load_blind(const char *folder, const char *object,
                                               void **handle)
{
    gethostname_function *found;
    put_blindfold_on(folder);
    *handle = dlopen(object, RTLD_NOW | RTLD_LOCAL);
    take_blindfold_off();
    if (!*handle) {
        fprintf(stderr, "%s\n", dlerror());
        exit(2);
    }
    *(void **)&found = dlsym(*handle, "gethostname");
    return found;
}
