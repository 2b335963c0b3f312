#include "hosts_line.h"

#include "contract.h"
#include "text.h"

#define LOCALHOST         "localhost"
#define MOUNT_POINT_FIELD 4 /* behind so many others */

/* A word, or a line, of the file. */
struct piece {
    const char *at;
    size_t size;
};

static int is_digit(char letter)
{
    return letter >= '0' && letter <= '9';
}

static int same(const struct piece *word, const char *text, size_t size)
{
    if (word->size != size)
        return 0;
    for (size_t i = 0; i < size; i++)
        if (lower(word->at[i]) != lower(text[i]))
            return 0;
    return 1;
}

/* ---- lines --------------------------------------------------------------------------- */

/* Takes the next line off the text, with its newline; 0 behind the last one. */
static int next_line(struct piece *rest, struct piece *line)
{
    if (!rest->size)
        return 0;
    line->at = rest->at;
    line->size = 0;
    while (line->size < rest->size && line->at[line->size] != '\n')
        line->size++;
    line->size += line->size < rest->size;
    rest->at += line->size;
    rest->size -= line->size;
    return 1;
}

/* Takes the next word off the line; a comment ends it. */
static int next_word(struct piece *line, struct piece *word)
{
    while (line->size && is_space(*line->at))
        line->at++, line->size--;
    word->at = line->at;
    word->size = 0;
    while (line->size && !is_space(*line->at) && *line->at != '#')
        line->at++, line->size--, word->size++;
    if (line->size && *line->at == '#')
        line->size = 0;
    return word->size > 0;
}

static int is_address4(const struct piece *word)
{
    unsigned parts = 1, digits = 0, number = 0;
    for (size_t i = 0; i < word->size; i++) {
        char letter = word->at[i];
        if (letter == '.' && digits) {
            parts++;
            digits = number = 0;
        } else if (is_digit(letter)) {
            digits++;
            number = number * 10 + (unsigned)(letter - '0');
            if (number > 255)
                return 0;
        } else {
            return 0;
        }
    }
    return parts == 4 && digits;
}

/* With a colon: hexadecimal digits, dots and more colons, up to a zone. */
static int is_address6(const struct piece *word)
{
    unsigned colons = 0;
    int zone = 0;
    for (size_t i = 0; i < word->size; i++) {
        char letter = lower(word->at[i]);
        colons += letter == ':';
        zone = zone || letter == '%';
        if (!zone && !is_digit(letter) && !(letter >= 'a' && letter <= 'f') && letter != ':' &&
            letter != '.')
            return 0;
    }
    return colons > 1;
}

/* Whether resolvers read the line; then its address. What is left of the line are its names. */
static int take_address(struct piece *line, struct piece *address)
{
    return next_word(line, address) && (is_address4(address) || is_address6(address));
}

static int has_name(struct piece names, const char *name)
{
    struct piece word;
    while (next_word(&names, &word))
        if (same(&word, name, text_length(name)))
            return 1;
    return 0;
}

int hosts_list(const char *text, size_t size, const char *name)
{
    struct piece rest = {text, size}, line, address;
    while (next_line(&rest, &line))
        if (take_address(&line, &address) && has_name(line, name))
            return 1;
    return 0;
}

int is_mount_point(const char *mounts, size_t size, const char *path)
{
    struct piece rest = {mounts, size}, line;
    while (next_line(&rest, &line)) {
        size_t at = 0, length = text_length(path);
        for (int fields = 0; fields < MOUNT_POINT_FIELD; fields++) {
            while (at < line.size && line.at[at] != ' ')
                at++;
            at += at < line.size;
        }
        struct piece field = {line.at + at, 0};
        while (at < line.size && line.at[at] != ' ' && line.at[at] != '\n')
            at++, field.size++;
        if (field.size == length && text_starts_with(field.at, path))
            return 1;
    }
    return 0;
}

/* ---- addresses ----------------------------------------------------------------------- */

struct addresses {
    struct piece each[HOSTS_ADDRESSES_AT_MOST];
    int added[HOSTS_ADDRESSES_AT_MOST];
    size_t count;
};

/* Its number, or the count. */
static size_t number_of(const struct addresses *found, const struct piece *address)
{
    size_t number = 0;
    while (number < found->count && !same(&found->each[number], address->at, address->size))
        number++;
    return number;
}

/* The address of the line, if it has the name and is not that of localhost. */
static int names_address(struct piece line, const char *name, struct piece *address)
{
    return take_address(&line, address) && has_name(line, name) && !has_name(line, LOCALHOST);
}

/* Whether there is room for all. */
static int find_addresses(struct addresses *found, struct piece text, const char *name)
{
    struct piece line, address;
    while (next_line(&text, &line)) {
        if (!names_address(line, name, &address) || number_of(found, &address) < found->count)
            continue;
        if (found->count == HOSTS_ADDRESSES_AT_MOST)
            return 0;
        found->added[found->count] = 0;
        found->each[found->count++] = address;
    }
    return 1;
}

static int is_elsewhere(const struct addresses *found, struct piece text, const char *name)
{
    struct piece line, address;
    while (next_line(&text, &line))
        if (names_address(line, name, &address) && number_of(found, &address) == found->count)
            return 1;
    return 0;
}

/* ---- the new file -------------------------------------------------------------------- */

struct writer {
    char *to;
    size_t size, room;
    int is_full;
};

static void put(struct writer *writer, const char *from, size_t size, int lowered)
{
    if (size > writer->room - writer->size) {
        writer->is_full = 1;
        return;
    }
    for (size_t i = 0; i < size; i++)
        writer->to[writer->size++] = lowered ? lower(from[i]) : from[i];
}

static void put_text(struct writer *writer, const char *text)
{
    put(writer, text, text_length(text), 0);
}

/* In front of the line of the same address: gethostbyaddr(3) takes the first. */
static void add_before(struct writer *writer, struct piece line, struct addresses *found,
                       const char *name, const char *with)
{
    struct piece address;
    if (!take_address(&line, &address) || has_name(line, LOCALHOST))
        return;
    size_t number = number_of(found, &address);
    if (number == found->count || found->added[number])
        return;
    found->added[number] = 1;
    put(writer, address.at, address.size, 1);
    put_text(writer, " ");
    put_text(writer, name);
    if (with[0]) {
        put_text(writer, " ");
        put_text(writer, with);
    }
    put_text(writer, "\n");
}

size_t hosts_with_name(char *to, size_t room, const char *text, size_t size, const char *name,
                       const char *kernel_name)
{
    char short_name[HOSTNAME_LONGEST + 1];
    struct addresses found = {.count = 0};
    struct piece rest = {text, size}, line;
    struct writer writer = {.to = to, .room = room};
    size_t length = 0;

    for (; name[length] && name[length] != '.' && length < HOSTNAME_LONGEST; length++)
        short_name[length] = name[length];
    short_name[length] = 0;
    if (!find_addresses(&found, rest, kernel_name) || !found.count)
        return 0;
    if (!name[length] || is_elsewhere(&found, rest, short_name))
        short_name[0] = 0; /* the name is short itself, or the short one is somebody else's */
    while (next_line(&rest, &line)) {
        add_before(&writer, line, &found, name, short_name);
        put(&writer, line.at, line.size, 0);
    }
    return writer.is_full ? 0 : writer.size;
}
