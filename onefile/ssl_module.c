/* Python's _ssl, with an OpenSSL that reads no configuration: a file of the image, or the
 * variable OPENSSL_CONF, could name a library to load. */
#include <Python.h>

#undef HAVE_BLUETOOTH_BLUETOOTH_H /* is a package of its own, and of no use here */
#define PyInit__ssl init_ssl
#include <_ssl.c>
#undef PyInit__ssl

PyMODINIT_FUNC PyInit__ssl(void)
{
    if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL)) {
        PyErr_SetString(PyExc_ImportError, "OpenSSL can't be used");
        return NULL;
    }
    return init_ssl();
}
