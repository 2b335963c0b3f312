#include "template.h"

#include "orders.h"
#include "text.h"

size_t fill_template(char *to, size_t size, const char *template, const char *const values[])
{
    size_t length = 0;

    for (; *template; template ++) {
        unsigned char letter = (unsigned char)*template;
        int is_place = letter < PLACES;
        const char *from = is_place ? values[letter] : template;
        size_t count = is_place ? text_length(from) : 1;
        for (size_t i = 0; i < count && length < size; i++)
            to[length++] = from[i];
    }
    return length;
}
