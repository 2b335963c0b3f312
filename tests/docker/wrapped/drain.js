// Says each TERM that it gets, and ends with 0 five seconds after the first one.
process.on("SIGTERM", () => {
  console.log("signal TERM");
  setTimeout(() => {
    console.log("drained");
    process.exit(0);
  }, 5000);
});
setInterval(() => {}, 1000);
console.log("ready: drain");
