// GET / at once, GET /slow in two halves. On TERM it ends after the requests in flight,
// if it was told to mind signals.
const half = "x".repeat(5000);

const server = require("http").createServer((request, response) => {
  if (request.url !== "/slow") return response.end("ok");
  response.setHeader("Content-Length", 2 * half.length);
  response.write(half);
  setTimeout(() => response.end(half), 3000);
});
server.keepAliveTimeout = 1;
server.listen(8080);
if (process.argv[2] === "--mind-signals") process.on("SIGTERM", () => server.close());
