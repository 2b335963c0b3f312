/*
 * An HTTP client that costs little beside any server: one thread, one epoll, no allocation.
 *
 *     requester PORT CONNECTIONS COUNT keep|close < REQUEST
 *
 * Sends the request on its standard input COUNT times to 127.0.0.1, CONNECTIONS at a time, and
 * prints
 *     took TOTAL_NS NS NS NS...    of all, and of each request in the order of the answers
 * "keep": the connections are opened and used once before the clock runs, then kept.
 * "close": each request has a connection of its own, whose opening and end count; the request
 * has to ask for the end itself ("Connection: close").
 * Any answer but a whole one with status 200 is an error: a server that refuses is fast.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS_AT_MOST = 256,
    REQUEST_AT_MOST = 4096,
    ANSWER_AT_MOST = 8192,
    PATIENCE_MS = 10000,
};

struct connection {
    int fd;
    int64_t began;
    size_t filled;
    char answer[ANSWER_AT_MOST];
};

struct load {
    struct sockaddr_in address;
    char request[REQUEST_AT_MOST];
    size_t request_length;
    int keep;
    int epoll;
    int wanted, sent, answered;
    int64_t *took;
};

static struct connection connections[CONNECTIONS_AT_MOST];

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- one connection ---- */

static void open_connection(const struct load *load, struct connection *connection)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    int on = 1;

    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* On loopback connect(2) has the handshake done when it returns. */
    if (connection->fd < 0 ||
        connect(connection->fd, (const struct sockaddr *)&load->address, sizeof load->address) != 0)
        err(1, "cannot connect");
    if (setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        fcntl(connection->fd, F_SETFL, O_NONBLOCK) != 0 ||
        epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->fd, &event) != 0)
        err(1, "cannot prepare a connection");
}

static void ask(const struct load *load, struct connection *connection)
{
    int on = 1;

    connection->began = monotonic_ns();
    connection->filled = 0;
    if (connection->fd < 0)
        open_connection(load, connection);
    /* Behind the request, for its answer alone: acknowledged at once. A server that sends an
     * answer in two pieces would else wait 40 ms in between (Nagle's algorithm), and nothing
     * else of it would show. */
    if (write(connection->fd, load->request, load->request_length) !=
            (ssize_t)load->request_length ||
        setsockopt(connection->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on) != 0)
        err(1, "cannot send a request");
}

/* Whether the answer is whole; ends the program if it is none that counts. */
static int is_whole(struct connection *connection)
{
    const char *end, *length;

    connection->answer[connection->filled] = '\0';
    end = strstr(connection->answer, "\r\n\r\n");
    if (end == NULL)
        return 0;
    if (strncmp(connection->answer, "HTTP/1.", 7) != 0 ||
        strncmp(connection->answer + 8, " 200 ", 5) != 0)
        errx(1, "the server says: %.200s", connection->answer);
    length = strcasestr(connection->answer, "\r\nContent-Length:");
    if (length == NULL || length > end)
        errx(1, "an answer without a length: %.200s", connection->answer);
    return connection->filled >=
           (size_t)(end + 4 - connection->answer) + strtoul(length + 17, NULL, 10);
}

/* Whether the answer has come to its end, and the connection too where it is to. */
static int take(const struct load *load, struct connection *connection)
{
    size_t room = sizeof connection->answer - 1 - connection->filled;
    ssize_t got = read(connection->fd, connection->answer + connection->filled, room);

    if (got < 0 && errno == EAGAIN)
        return 0;
    if (got < 0)
        err(1, "cannot read an answer");
    connection->filled += (size_t)got;
    if (got > 0)
        return is_whole(connection) && load->keep;
    if (load->keep || !is_whole(connection))
        errx(1, "the server has closed the connection after %zu bytes", connection->filled);
    close(connection->fd);
    connection->fd = -1;
    return 1;
}

/* ---- all of them ---- */

static void run(struct load *load, int at_a_time)
{
    struct epoll_event ready[CONNECTIONS_AT_MOST];

    for (int i = 0; i < at_a_time && load->sent < load->wanted; i++, load->sent++)
        ask(load, &connections[i]);
    while (load->answered < load->wanted) {
        int count = epoll_wait(load->epoll, ready, CONNECTIONS_AT_MOST, PATIENCE_MS);

        if (count <= 0)
            errx(1, "no answer in %d ms", PATIENCE_MS);
        for (int i = 0; i < count; i++) {
            struct connection *connection = ready[i].data.ptr;

            if (!take(load, connection))
                continue;
            load->took[load->answered++] = monotonic_ns() - connection->began;
            if (load->sent < load->wanted) {
                load->sent++;
                ask(load, connection);
            }
        }
    }
}

/* Servers differ in how many newcomers they let wait: one after the other. */
static void warm_up(struct load *load, int at_a_time)
{
    int wanted = load->wanted;

    for (int i = 0; i < at_a_time; i++) {
        load->wanted = load->sent = 1;
        load->answered = 0;
        ask(load, &connections[i]);
        run(load, 0);
    }
    load->wanted = wanted;
    load->sent = load->answered = 0;
}

static void read_request(struct load *load)
{
    load->request_length = fread(load->request, 1, sizeof load->request, stdin);
    if (load->request_length == 0 || load->request_length == sizeof load->request)
        errx(2, "a request of 1 to %zu bytes is wanted on standard input",
             sizeof load->request - 1);
}

int main(int argc, char **argv)
{
    struct load load = {.address = {.sin_family = AF_INET}};
    int at_a_time = argc == 5 ? atoi(argv[2]) : 0;
    int64_t began;

    load.wanted = argc == 5 ? atoi(argv[3]) : 0;
    if (at_a_time < 1 || at_a_time > CONNECTIONS_AT_MOST || load.wanted < 1)
        errx(2, "usage: requester PORT CONNECTIONS COUNT keep|close < REQUEST");
    load.address.sin_port = htons((uint16_t)atoi(argv[1]));
    load.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    load.keep = strcmp(argv[4], "keep") == 0;
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    load.took = calloc((size_t)load.wanted, sizeof *load.took);
    if (load.epoll < 0 || load.took == NULL)
        err(1, "cannot prepare");
    read_request(&load);
    for (int i = 0; i < at_a_time; i++)
        connections[i].fd = -1;
    if (load.keep)
        warm_up(&load, at_a_time);

    began = monotonic_ns();
    run(&load, at_a_time);
    printf("took %lld", (long long)(monotonic_ns() - began));
    for (int i = 0; i < load.answered; i++)
        printf(" %lld", (long long)load.took[i]);
    printf("\n");
    return 0;
}
