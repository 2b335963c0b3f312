#include "line.h"

#include "sys.h"
#include "text.h"

void line_add_bytes(struct line *line, const char *bytes, size_t length)
{
    while (length-- && line->length + 1 < LINE_SIZE)
        line->text[line->length++] = *bytes++;
}

void line_add(struct line *line, const char *text)
{
    line_add_bytes(line, text, text_length(text));
}

void line_write(struct line *line)
{
    line->text[line->length++] = '\n';
    long written = 0;
    for (size_t at = 0; at < line->length; at += (size_t)written) {
        written = sys_write(1, line->text + at, line->length - at);
        if (written <= 0)
            return;
    }
}
