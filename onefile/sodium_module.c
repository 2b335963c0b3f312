/* NaCl's box, as initd/secrets uses it, by libsodium: what PyNaCl is for elsewhere, which loads
 * libffi's machinery for some two hundred functions. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <sodium.h>

static PyObject *public_key_of(PyObject *self, PyObject *arguments)
{
    unsigned char public_key[crypto_box_PUBLICKEYBYTES];
    const unsigned char *private_key;
    Py_ssize_t size;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "y#", &private_key, &size))
        return NULL;
    if (size != crypto_box_SECRETKEYBYTES)
        return PyErr_Format(PyExc_ValueError, "a private key has 32 bytes");
    crypto_scalarmult_base(public_key, private_key);
    return PyBytes_FromStringAndSize((const char *)public_key, sizeof public_key);
}

/* None if the box does not open. */
static PyObject *open_box(PyObject *self, PyObject *arguments)
{
    const unsigned char *sealed, *nonce, *sender, *private_key;
    Py_ssize_t size, nonce_size, sender_size, private_size;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "y#y#y#y#", &sealed, &size, &nonce, &nonce_size, &sender,
                          &sender_size, &private_key, &private_size))
        return NULL;
    if (nonce_size != crypto_box_NONCEBYTES || sender_size != crypto_box_PUBLICKEYBYTES ||
        private_size != crypto_box_SECRETKEYBYTES)
        return PyErr_Format(PyExc_ValueError, "a key has 32 bytes, a nonce 24");
    if (size < (Py_ssize_t)crypto_box_MACBYTES)
        Py_RETURN_NONE;
    PyObject *opened = PyBytes_FromStringAndSize(NULL, size - (Py_ssize_t)crypto_box_MACBYTES);
    if (opened && crypto_box_open_easy((unsigned char *)PyBytes_AS_STRING(opened), sealed,
                                       (unsigned long long)size, nonce, sender, private_key)) {
        Py_DECREF(opened);
        Py_RETURN_NONE;
    }
    return opened;
}

static PyMethodDef methods[] = {
    {"public_key_of", public_key_of, METH_VARARGS, NULL},
    {"open_box", open_box, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_sodium_box",
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__sodium_box(void);
PyMODINIT_FUNC PyInit__sodium_box(void)
{
    if (sodium_init() < 0)
        return PyErr_Format(PyExc_ImportError, "libsodium can't be used");
    return PyModule_Create(&definition);
}
