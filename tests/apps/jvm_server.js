// JavaScript in a JVM, by rhino: answers with the host name; on TERM a hook of the JVM's runs.
java.lang.Runtime.getRuntime().addShutdownHook(
  new java.lang.Thread(
    new java.lang.Runnable({
      run: function () {
        java.lang.System.out.println("ends on TERM");
      },
    })
  )
);

var server = new java.net.ServerSocket(8080);
while (true) {
  var client = server.accept();
  var lines = new java.io.BufferedReader(new java.io.InputStreamReader(client.getInputStream()));
  for (var line = lines.readLine(); line !== null && line.length() > 0; ) line = lines.readLine();
  var body = "host " + java.net.InetAddress.getLocalHost().getHostName() + "\n";
  var head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + body.length + "\r\n\r\n";
  try {
    client.getOutputStream().write(new java.lang.String(head + body).getBytes());
  } catch (gone) {
    // a check that only connects
  }
  client.close();
}
