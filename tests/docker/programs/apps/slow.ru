# Rack: GET / at once; GET /slow in two halves, two seconds apart.
HALF = "x" * 5_000

class SlowBody
  def each
    yield HALF
    sleep 2
    yield HALF
  end
end

run lambda { |environment|
  slow = environment["PATH_INFO"] == "/slow"
  length = slow ? 2 * HALF.size : 2
  [200, { "Content-Type" => "text/plain", "Content-Length" => length.to_s }, slow ? SlowBody.new : ["ok"]]
}
