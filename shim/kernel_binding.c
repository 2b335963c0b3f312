/* Python's view of kernel_module.c: the module initd.linux._kernel.
 *
 * A plain extension: pid 1 would hold cffi's runtime, 130 KB of private memory, for these few
 * functions. It uses the limited API only, so one build serves every Python from 3.11 on.
 * Python checks the types of arguments; what the functions return is in _kernel.pyi. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdlib.h>

#include "kernel_listen.h"
#include "kernel_module.h"
#include "process_title.h"

/* ---- functions of numbers and bytes ----------------------------------------------------- */

#define WITHOUT_ARGUMENT(name)                                    \
    static PyObject *py_##name(PyObject *self, PyObject *nothing) \
    {                                                             \
        (void)self;                                               \
        (void)nothing;                                            \
        return PyLong_FromLong(initd_##name());                   \
    }

#define WITH_NUMBER(name)                                           \
    static PyObject *py_##name(PyObject *self, PyObject *arguments) \
    {                                                               \
        int number;                                                 \
        (void)self;                                                 \
        if (!PyArg_ParseTuple(arguments, "i", &number))             \
            return NULL;                                            \
        return PyLong_FromLong(initd_##name(number));               \
    }

#define WITH_TEXT_AND_NUMBER(name)                                  \
    static PyObject *py_##name(PyObject *self, PyObject *arguments) \
    {                                                               \
        const char *text;                                           \
        int number;                                                 \
        (void)self;                                                 \
        if (!PyArg_ParseTuple(arguments, "yi", &text, &number))     \
            return NULL;                                            \
        return PyLong_FromLong(initd_##name(text, number));         \
    }

WITHOUT_ARGUMENT(signalfd)
WITHOUT_ARGUMENT(become_subreaper)
WITHOUT_ARGUMENT(is_subreaper)
WITHOUT_ARGUMENT(hide_memory)
WITHOUT_ARGUMENT(suspend)
WITHOUT_ARGUMENT(leave_terminal)
WITHOUT_ARGUMENT(cut_bounding_set)
WITHOUT_ARGUMENT(give_up_capabilities)
WITHOUT_ARGUMENT(trim)
WITH_NUMBER(pidfd_open)
WITH_NUMBER(set_parent_death_signal)
WITH_NUMBER(accept)
WITH_NUMBER(peer_uid)
WITH_TEXT_AND_NUMBER(bind)
WITH_TEXT_AND_NUMBER(listen_inet)

static PyObject *py_pidfd_send_signal(PyObject *self, PyObject *arguments)
{
    int pidfd, number;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "ii", &pidfd, &number))
        return NULL;
    return PyLong_FromLong(initd_pidfd_send_signal(pidfd, number));
}

static PyObject *py_set_name(PyObject *self, PyObject *arguments)
{
    const char *name;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "y", &name))
        return NULL;
    return PyLong_FromLong(initd_set_name(name));
}

static PyObject *py_set_title(PyObject *self, PyObject *arguments)
{
    const char *title;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "y", &title))
        return NULL;
    return PyLong_FromLong(initd_set_title(title));
}

static PyObject *py_send(PyObject *self, PyObject *arguments)
{
    int connection;
    const char *data;
    Py_ssize_t size;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "iy#", &connection, &data, &size))
        return NULL;
    return PyLong_FromLong(initd_send(connection, data, (size_t)size));
}

static PyObject *py_send_datagram(PyObject *self, PyObject *arguments)
{
    const char *path, *data;
    Py_ssize_t length, size;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "y#y#", &path, &length, &data, &size))
        return NULL;
    return PyLong_FromLong(initd_send_datagram(path, (size_t)length, data, (size_t)size));
}

/* ---- functions with more than one result ------------------------------------------------ */

static PyObject *py_effective_capabilities(PyObject *self, PyObject *nothing)
{
    uint64_t mask = 0;
    (void)self;
    (void)nothing;
    if (initd_effective_capabilities(&mask))
        mask = 0;
    return PyLong_FromUnsignedLongLong(mask);
}

static PyObject *py_channel(PyObject *self, PyObject *nothing)
{
    int ends[2] = {-1, -1};
    (void)self;
    (void)nothing;
    int result = initd_channel(ends);
    return Py_BuildValue("(iii)", result, ends[0], ends[1]);
}

static PyObject *py_kernel_hostname(PyObject *self, PyObject *nothing)
{
    char name[INITD_HOSTNAME_SIZE];
    (void)self;
    (void)nothing;
    int result = initd_kernel_hostname(name, sizeof name);
    if (result) {
        errno = -result;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return PyBytes_FromString(name);
}

/* ---- functions of lists ----------------------------------------------------------------- */

/* The numbers of a list; to be freed. NULL, with an exception, for anything else. */
static int *numbers_of(PyObject *list)
{
    Py_ssize_t count = PyList_Size(list);
    int *numbers = calloc((size_t)count + 1, sizeof *numbers);
    if (!numbers) {
        PyErr_NoMemory();
        return NULL;
    }
    numbers[count] = -1;
    for (Py_ssize_t at = 0; at < count && !PyErr_Occurred(); at++)
        numbers[at] = (int)PyLong_AsLong(PyList_GetItem(list, at));
    if (!PyErr_Occurred())
        return numbers;
    free(numbers);
    return NULL;
}

/* Descriptor and events of each; to be freed. */
static struct pollfd *watched_in(PyObject *list)
{
    int *numbers = numbers_of(list);
    size_t count = (size_t)PyList_Size(list) / 2;
    struct pollfd *watched = numbers ? calloc(count + 1, sizeof *watched) : NULL;
    if (numbers && !watched)
        PyErr_NoMemory();
    for (size_t i = 0; watched && i < count; i++) {
        watched[i].fd = numbers[2 * i];
        watched[i].events = (short)numbers[2 * i + 1];
    }
    free(numbers);
    return watched;
}

static PyObject *py_wait_beyond_orphans(PyObject *self, PyObject *arguments)
{
    struct initd_wait wait = {0};
    PyObject *watched, *known, *result = NULL;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "O!iO!i", &PyList_Type, &watched, &wait.signals, &PyList_Type,
                          &known, &wait.milliseconds))
        return NULL;
    wait.watched_count = (size_t)PyList_Size(watched) / 2;
    wait.known_count = (size_t)PyList_Size(known);
    int *pids = numbers_of(known);
    wait.known = pids;
    wait.watched = pids ? watched_in(watched) : NULL;
    if (wait.watched) {
        int failed = initd_wait_beyond_orphans(&wait);
        errno = -failed;
        result = failed ? PyErr_SetFromErrno(PyExc_OSError)
                        : Py_BuildValue("(iy#)", wait.reaped, (const char *)wait.arrived,
                                        (Py_ssize_t)wait.size);
    }
    free(wait.watched);
    free(pids);
    return result;
}

static PyObject *py_keep_descriptors(PyObject *self, PyObject *arguments)
{
    PyObject *list;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "O!", &PyList_Type, &list))
        return NULL;
    int *kept = numbers_of(list);
    if (!kept)
        return NULL;
    int result = initd_keep_descriptors(kept, (size_t)PyList_Size(list));
    free(kept);
    return PyLong_FromLong(result);
}

/* The strings of a list of bytes, with NULL behind the last; to be freed. NULL, with an
 * exception, for anything else, and for bytes that hold a NUL. */
static char **strings_of(PyObject *list)
{
    Py_ssize_t count = PyList_Size(list);
    char **strings = calloc((size_t)count + 1, sizeof *strings);
    if (!strings) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t at = 0; at < count; at++) {
        if (PyBytes_AsStringAndSize(PyList_GetItem(list, at), &strings[at], NULL) < 0) {
            free(strings);
            return NULL;
        }
    }
    return strings;
}

static PyObject *py_spawn(PyObject *self, PyObject *arguments)
{
    int pid;
    const char *path;
    PyObject *words, *variables, *pairs, *result = NULL;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "iyO!O!O!", &pid, &path, &PyList_Type, &words, &PyList_Type,
                          &variables, &PyList_Type, &pairs))
        return NULL;
    char **argv = strings_of(words);
    char **envp = argv ? strings_of(variables) : NULL;
    int *descriptors = envp ? numbers_of(pairs) : NULL;
    if (descriptors)
        result = PyLong_FromLong(initd_spawn(pid, path, argv, envp, descriptors));
    free(descriptors);
    free(envp);
    free(argv);
    return result;
}

/* ---- the module ------------------------------------------------------------------------- */

#define WITHOUT(name)                       \
    {                                       \
#name, py_##name, METH_NOARGS, NULL \
    }
#define WITH(name)                           \
    {                                        \
#name, py_##name, METH_VARARGS, NULL \
    }

static PyMethodDef methods[] = {
    WITH(accept),
    WITHOUT(become_subreaper),
    WITH(bind),
    WITHOUT(channel),
    WITHOUT(cut_bounding_set),
    WITHOUT(effective_capabilities),
    WITHOUT(give_up_capabilities),
    WITHOUT(is_subreaper),
    WITHOUT(hide_memory),
    WITH(keep_descriptors),
    WITHOUT(kernel_hostname),
    WITHOUT(leave_terminal),
    WITH(listen_inet),
    WITH(peer_uid),
    WITH(pidfd_open),
    WITH(pidfd_send_signal),
    WITH(send),
    WITH(send_datagram),
    WITH(set_name),
    WITH(set_title),
    WITH(set_parent_death_signal),
    WITHOUT(signalfd),
    WITH(spawn),
    WITHOUT(suspend),
    WITHOUT(trim),
    WITH(wait_beyond_orphans),
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "initd.linux._kernel",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit__kernel(void)
{
    return PyModuleDef_Init(&definition);
}
