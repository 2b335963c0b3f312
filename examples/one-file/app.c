/* A server for the examples: http://0.0.0.0:8080/ says who it is. TERM ends it, with 0. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 8080 };

static volatile sig_atomic_t ending;

static void end(int number)
{
    (void)number;
    ending = 1;
}

/* Listens, or says why it can't and gives -1. */
static int listening(void)
{
    int one = 1, server = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    if (server < 0 || setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
        bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 16)) {
        perror("app: port 8080");
        return -1;
    }
    return server;
}

static void answer(int client)
{
    char request[4096], host[256] = "", body[512], all[1024];
    if (read(client, request, sizeof request) <= 0)
        return; /* a check that only connects */
    gethostname(host, sizeof host - 1);
    int length = snprintf(body, sizeof body, "pid %d of %d, user %d, host %s\n", getpid(),
                          getppid(), getuid(), host);
    length = snprintf(all, sizeof all,
                      "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
                      length, body);
    if (write(client, all, (size_t)length) != length)
        perror("app: answer");
}

int main(void)
{
    sigset_t term, before;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, &before); /* it arrives while the server waits, and only then */
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = end}, NULL);
    signal(SIGPIPE, SIG_IGN);

    struct pollfd server = {.fd = listening(), .events = POLLIN};
    if (server.fd < 0)
        return 1;
    puts("listening");
    fflush(stdout);
    while (!ending) {
        if (ppoll(&server, 1, NULL, &before) < 0) {
            if (errno != EINTR)
                return 1;
            continue;
        }
        int client = accept(server.fd, NULL, NULL);
        if (client >= 0) {
            answer(client);
            close(client);
        }
    }
    puts("ends on TERM");
    return 0;
}
