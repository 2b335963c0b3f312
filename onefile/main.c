/* The interpreter within the one file. It reads no file of the image, no variable of the
 * environment and no path: modules are built in or frozen. What it runs is start.py. */
#define PY_SSIZE_T_CLEAN
#define Py_BUILD_CORE_BUILTIN /* for the functions that the linker replaces */
#include <Python.h>
#include <internal/pycore_gc.h>
#include <internal/pycore_global_strings.h>
#include <internal/pycore_pylifecycle.h>
#include <internal/pycore_runtime.h>

#include <limits.h>
#include <nss.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../shim/contract.h"
#include "handed.h"

/* ---- names ---------------------------------------------------------------------------- */

/* Other sources of names are libraries of the image, made for another libc. Not at once: libc
 * reads nsswitch.conf for it. */
static void look_up_in_files_and_dns_only(void)
{
    static int done;
    static const char *const databases[] = {"passwd",   "group",     "initgroups",
                                            "services", "protocols", "networks"};
    if (done++)
        return;
    for (size_t i = 0; i < sizeof databases / sizeof databases[0]; i++)
        __nss_configure_lookup(databases[i], "files");
    __nss_configure_lookup("hosts", "files dns");
}

/* The modules that look up names, with that done before. */
#define NAMES_FROM_FILES(name)              \
    PyMODINIT_FUNC PyInit_##name(void);     \
    PyMODINIT_FUNC initd_init_##name(void); \
    PyMODINIT_FUNC initd_init_##name(void)  \
    {                                       \
        look_up_in_files_and_dns_only();    \
        return PyInit_##name();             \
    }

NAMES_FROM_FILES(pwd)
NAMES_FROM_FILES(grp)
NAMES_FROM_FILES(_socket)

/* ---- the interpreter -------------------------------------------------------------------- */

/* The linker calls these (--wrap) in place of functions of the interpreter. */
PyStatus __wrap__PyConfig_InitPathConfig(PyConfig *config, int compute);
PyStatus __wrap__PyImportZip_Init(PyThreadState *thread);
void __real__PyGC_InitState(struct _gc_runtime_state *state);
void __wrap__PyGC_InitState(struct _gc_runtime_state *state);
int __real__PyObject_LookupAttr(PyObject *object, PyObject *name, PyObject **found);
int __wrap__PyObject_LookupAttr(PyObject *object, PyObject *name, PyObject **found);

/* Python's search for its files (getpath.py), which looks around this file and reads what it
 * finds: there are none. */
PyStatus __wrap__PyConfig_InitPathConfig(PyConfig *config, int compute)
{
    (void)config, (void)compute;
    return PyStatus_Ok();
}

/* No module is in an archive. */
PyStatus __wrap__PyImportZip_Init(PyThreadState *thread)
{
    (void)thread;
    return PyStatus_Ok();
}

/* A start drops little: start.py and the loop turn collections on when there may be something
 * to collect. */
void __wrap__PyGC_InitState(struct _gc_runtime_state *state)
{
    __real__PyGC_InitState(state);
    state->enabled = 0;
}

/* The interpreter's own modules are frozen with all the others (freeze.py), not as objects in
 * its data: those would all be written to, and so be copied, at every start. */
int _Py_Deepfreeze_Init(void)
{
    return 0;
}

void _Py_Deepfreeze_Fini(void)
{
}

/* Every `from MODULE import NAME` asks MODULE for its __path__, which only packages have. The
 * interpreter makes an exception for each that has none, with a text, and drops it again: a
 * twelfth of what a start executes. (So does Python 3.11; 3.13 does not.) */
int __wrap__PyObject_LookupAttr(PyObject *object, PyObject *name, PyObject **found)
{
    if (PyModule_CheckExact(object) && name == &_Py_ID(__path__)) {
        *found = PyDict_GetItemWithError(PyModule_GetDict(object), name);
        Py_XINCREF(*found);
        return *found ? 1 : PyErr_Occurred() ? -1 : 0;
    }
    return __real__PyObject_LookupAttr(object, name, found);
}

/* Memory for objects comes in pieces of 1 MiB. Every start fills the first one, so the kernel is
 * asked for all its pages at once, not for one at a time. */

static void *new_arena(void *context, size_t size)
{
    static int populate = MAP_POPULATE;
    (void)context;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | populate;
    populate = 0;
    void *arena = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    return arena == MAP_FAILED ? NULL : arena;
}

static void free_arena(void *context, void *arena, size_t size)
{
    (void)context;
    munmap(arena, size);
}

static void set_arenas(void)
{
    PyObjectArenaAllocator arenas = {.alloc = new_arena, .free = free_arena};
    PyObject_SetArenaAllocator(&arenas);
}

static PyStatus set_text(PyConfig *config, wchar_t **field, const char *text)
{
    return PyConfig_SetBytesString(config, field, text);
}

/* argv[0], what the launcher adds, and the rest. */
static PyStatus set_command_line(PyConfig *config, int argc, char **argv)
{
    char **words = calloc((size_t)argc + 5, sizeof(char *)), **at = words;
    if (!words)
        return PyStatus_NoMemory();
    *at++ = argc ? argv[0] : "initd";
    if (initd_handed.called) {
        *at++ = PEER_OPTION;
        *at++ = initd_handed.called;
    }
    if (initd_handed.signals) {
        *at++ = SIGNALS_OPTION;
        *at++ = initd_handed.signals;
    }
    for (int i = 1; i < argc; i++)
        *at++ = argv[i];
    PyStatus status = PyConfig_SetBytesArgv(config, at - words, words);
    free(words);
    return status;
}

static PyStatus set_option(PyConfig *config, const char *text)
{
    wchar_t *wide = Py_DecodeLocale(text, NULL);
    if (!wide)
        return PyStatus_NoMemory();
    PyStatus status = PyWideStringList_Append(&config->xoptions, wide);
    PyMem_RawFree(wide);
    return status;
}

/* Everything that Python would otherwise look for in the file system. */
static PyStatus set_places(PyConfig *config)
{
    wchar_t **const places[] = {
        &config->program_name,     &config->base_executable, &config->home,
        &config->prefix,           &config->exec_prefix,     &config->base_prefix,
        &config->base_exec_prefix, &config->stdlib_dir,      &config->pythonpath_env,
    };
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = 0;
    PyStatus found = set_text(config, &config->executable,
                              length > 0 ? self : (const char *)getauxval(AT_EXECFN));
    if (PyStatus_Exception(found))
        return found;
    config->module_search_paths_set = 1;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        PyStatus status = set_text(config, places[i], "");
        if (PyStatus_Exception(status))
            return status;
    }
    return PyStatus_Ok();
}

static PyStatus set_encodings(PyConfig *config)
{
    PyStatus status = set_text(config, &config->filesystem_encoding, "utf-8");
    if (!PyStatus_Exception(status))
        status = set_text(config, &config->filesystem_errors, "surrogateescape");
    if (!PyStatus_Exception(status))
        status = set_text(config, &config->stdio_encoding, "utf-8");
    if (!PyStatus_Exception(status))
        status = set_text(config, &config->stdio_errors, "surrogateescape");
    return status;
}

static PyStatus start_interpreter(int argc, char **argv)
{
    PyPreConfig before;
    PyPreConfig_InitIsolatedConfig(&before);
    before.utf8_mode = 1;
    before.configure_locale = 0; /* a locale is files of the image */
    PyStatus status = Py_PreInitialize(&before);
    if (PyStatus_Exception(status))
        return status;

    set_arenas();
    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.pathconfig_warnings = 0;
    config.parse_argv = 0;
    config.install_signal_handlers = 1; /* SIGPIPE is ignored, as in any Python */
    config.write_bytecode = 0;
    config.optimization_level = 2;
    config.use_frozen_modules = 1;
    status = set_places(&config);
    if (!PyStatus_Exception(status))
        status = set_encodings(&config);
    if (!PyStatus_Exception(status))
        status = set_command_line(&config, argc, argv);
    if (!PyStatus_Exception(status) && initd_handed.option)
        status = set_option(&config, initd_handed.option);
    if (!PyStatus_Exception(status) && initd_handed.descriptors)
        status = set_option(&config, initd_handed.descriptors);
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    return status;
}

/* Python can't be woken: what can be done without, is (asleep.h). */
static void sleep_on(char **argv)
{
    setenv(ORDERS_VARIABLE, strchr(initd_handed.option, ':') + 1, 1); /* initd=woken:NUMBER */
    execve("/proc/self/exe", argv, environ);
}

/* In a line: a traceback of frozen modules tells nobody more. */
static void say_why(void)
{
    PyObject *type = NULL, *value = NULL, *trace = NULL;
    int memory = PyErr_ExceptionMatches(PyExc_MemoryError);
    PyErr_Fetch(&type, &value, &trace);
    PyObject *text = memory || !value ? NULL : PyObject_Str(value);
    const char *words = text ? PyUnicode_AsUTF8(text) : NULL;
    fprintf(stderr, "initd: cannot start: %s\n",
            memory  ? "out of memory"
            : words ? words
                    : "Python");
}

int main(int argc, char **argv)
{
    PyStatus status = start_interpreter(argc, argv);
    if (PyStatus_Exception(status)) {
        if (initd_handed.woken)
            sleep_on(argv);
        fprintf(stderr, "initd: cannot start: %s\n", status.err_msg ? status.err_msg : "Python");
        return EXIT_OWN;
    }
    if (!PyImport_ImportModule("initd_start")) { /* which ends with an exit */
        if (initd_handed.woken)
            sleep_on(argv);
        say_why();
    }
    return EXIT_OWN;
}
