// node: answers with the host name; on TERM it ends in order.
const os = require("os");

const server = require("http").createServer((request, response) => {
  response.setHeader("Connection", "close");
  response.end(`host ${os.hostname()}\n`);
});
server.listen(8080);
process.on("SIGTERM", () => {
  console.log("ends on TERM");
  server.close();
});
