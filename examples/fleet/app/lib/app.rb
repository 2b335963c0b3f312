# The app: a page that says which commit serves it and where, and a way to send a job to a worker.
require "json"
require "rack"
require "redis"
require "socket"

module App
  ROOT = File.expand_path("..", __dir__)
  REVISION = File.read("#{ROOT}/REVISION").chomp
  ASSETS = JSON.parse(File.read("#{ROOT}/public/manifest.json"))
  QUEUE = "resque:queue:default"

  def self.redis
    @redis ||= Redis.new(url: ENV.fetch("REDIS_URL", "redis://127.0.0.1:6379/0"))
  end

  # As Resque does it, so that any Resque worker can take the job.
  def self.enqueue(name, *arguments)
    redis.sadd?("resque:queues", "default")
    redis.rpush(QUEUE, JSON.generate(class: name, args: arguments))
  end

  def self.call(environment)
    request = Rack::Request.new(environment)
    case [request.request_method, request.path_info]
    when %w[GET /] then text(200, "#{page}\n", "text/html")
    when %w[GET /health] then text(200, "well\n")
    when %w[GET /revision] then text(200, "#{REVISION}\n")
    when %w[GET /hostname] then text(200, "#{Socket.gethostname}\n")
    when %w[POST /jobs] then text(202, "#{enqueue('Count', request.params.fetch('name'))}\n")
    else text(404, "nothing here\n")
    end
  end

  def self.page
    %(<link rel="stylesheet" href="/#{ASSETS.fetch('site.css')}">) +
      "<p>#{REVISION} on #{Socket.gethostname}</p>"
  end

  def self.text(status, body, type = "text/plain")
    [status, { "Content-Type" => type, "Content-Length" => body.bytesize.to_s }, [body]]
  end
end
