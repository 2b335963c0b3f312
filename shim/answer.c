#include "answer.h"

struct unread {
    const char *at;
    const char *end;
};

/* Steps over `expected`; if something else is there, returns 0 and stays. */
static int take(struct unread *unread, const char *expected)
{
    const char *at = unread->at;
    while (*expected)
        if (at == unread->end || *at++ != *expected++)
            return 0;
    unread->at = at;
    return 1;
}

/* The four hexadecimal digits behind \u; negative if there are not four. */
static long take_code_unit(struct unread *unread)
{
    long value = 0;
    if (unread->end - unread->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char digit = *unread->at++;
        if (digit >= '0' && digit <= '9')
            value = value * 16 + (digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            value = value * 16 + (digit - 'a' + 10);
        else
            return -1;
    }
    return value;
}

/* A character beyond U+FFFF comes as two surrogates (RFC 8259, section 7). */
static long take_code_point(struct unread *unread)
{
    long first = take_code_unit(unread);
    struct unread behind = *unread;
    if (first < 0xd800 || first > 0xdbff || !take(&behind, "\\u"))
        return first;
    long second = take_code_unit(&behind);
    if (second < 0xdc00 || second > 0xdfff)
        return first;
    *unread = behind;
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

static void add_utf8(struct line *line, long code)
{
    char bytes[4];
    size_t count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0xc0, 0xe0, 0xf0};

    for (size_t i = count - 1; i > 0; i--, code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = (char)(leads[count - 1] | code);
    line_add_bytes(line, bytes, count);
}

static void add_code_point(struct line *line, long code)
{
    if (code >= 0xdc80 && code <= 0xdcff) {
        /* A byte that was not UTF-8 when Python read it: "surrogateescape" (PEP 383). */
        char byte = (char)(code - 0xdc00);
        line_add_bytes(line, &byte, 1);
    } else {
        int is_surrogate = code >= 0xd800 && code <= 0xdfff; /* alone: not a character */
        add_utf8(line, is_surrogate ? 0xfffd : code);
    }
}

/* What follows a backslash. */
static int take_escape(struct unread *unread, struct line *line)
{
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";

    if (take(unread, "u")) {
        long code = take_code_point(unread);
        if (code < 0)
            return 0;
        add_code_point(line, code);
        return 1;
    }
    for (size_t i = 0; names[i] && unread->at < unread->end; i++)
        if (*unread->at == names[i]) {
            unread->at++;
            line_add_bytes(line, &meant[i], 1);
            return 1;
        }
    return 0;
}

static int take_string(struct unread *unread, struct line *line)
{
    if (!take(unread, "\""))
        return 0;
    while (unread->at < unread->end) {
        char byte = *unread->at++;
        if (byte == '"')
            return 1;
        if (byte < ' ' || byte > '~')
            return 0;
        if (byte != '\\')
            line_add_bytes(line, &byte, 1);
        else if (!take_escape(unread, line))
            return 0;
    }
    return 0;
}

enum verdict read_answer(const char *text, size_t length, struct line *line)
{
    struct unread unread = {text, text + length};
    enum verdict verdict = take(&unread, "{\"healthy\":true,\"why\":") ? HEALTHY : UNHEALTHY;
    int judged = verdict == HEALTHY || take(&unread, "{\"healthy\":false,\"why\":");
    int refused = !judged && take(&unread, "{\"error\":");

    line->length = 0;
    line_add(line, refused ? "unknown: " : verdict == HEALTHY ? "healthy: " : "unhealthy: ");
    if (!(judged || refused) || !take_string(&unread, line) || !take(&unread, "}\n") ||
        unread.at != unread.end)
        return NO_ANSWER;
    return verdict;
}
