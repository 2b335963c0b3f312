# config.ru for servers that send nothing before they have all: it says when it has begun.
$stderr.sync = true

run lambda { |environment|
  body = "ok"
  if environment["PATH_INFO"] == "/slow"
    $stderr.puts "slow begun"
    sleep 3
    body = "x" * 10_000
  end
  [200, { "Content-Type" => "text/plain", "Content-Length" => body.size.to_s }, [body]]
}
