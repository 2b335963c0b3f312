/* Text in which some bytes stand for something that is known later: the places of orders.h. */
#ifndef INITD_TEMPLATE_H
#define INITD_TEMPLATE_H

#include <stddef.h>

/* `values` has the text for each place, by its byte; there are PLACES of them. What does not
 * fit is cut. Returns the length; no NUL follows. */
size_t fill_template(char *to, size_t size, const char *template, const char *const values[]);

#endif
