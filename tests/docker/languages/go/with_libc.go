// Left out where cgo is off; with it the program is linked with the C library.
package main

// #include <unistd.h>
import "C"

var _ = C.getpid()
