// GET / at once; GET /slow in two halves, two seconds apart. On TERM it ends as node's documentation
// has it: no new connections, and the end when the last one is over.
const http = require("http");
const half = "x".repeat(5000);
const server = http.createServer((request, response) => {
  if (request.url !== "/slow") return response.end("ok");
  response.writeHead(200, { "Content-Length": 2 * half.length, Connection: "close" });
  response.write(half);
  setTimeout(() => response.end(half), 2000);
});
server.listen(8080);
if (!process.env.BARE) process.on("SIGTERM", () => server.close());
