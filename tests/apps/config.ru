# A Rack application for unicorn. GET / answers at once; GET /slow sends half of its body, works for
# three seconds, and sends the other half: a client can tell that its request is in flight, and
# afterwards, by the declared length, whether it was answered in full or cut.

HALF = "x" * 5_000

class SlowBody
  def each
    yield HALF
    sleep 3
    yield HALF
  end
end

run lambda { |environment|
  if environment["PATH_INFO"] == "/slow"
    [200, { "Content-Type" => "text/plain", "Content-Length" => (2 * HALF.size).to_s }, SlowBody.new]
  else
    [200, { "Content-Type" => "text/plain", "Content-Length" => "2" }, ["ok"]]
  end
}
