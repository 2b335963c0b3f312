# A worker like Resque's, which Debian does not package: the same keys in Redis, the same names
# (HOST:PID:QUEUE), a child for each job, and the trap table that Resque publishes. With Resque
# itself, the Rakefile says `require "resque/tasks"` in place of this file.
#
#   QUIT        finish the job, then exit
#   TERM, INT   kill the job's child, exit; with GRACEFUL_TERM set, TERM is as QUIT
#   USR1        kill the job's child, go on
#   USR2, CONT  take no new jobs; take them again
require_relative "jobs"

class Worker
  def initialize
    @name = "#{Socket.gethostname}:#{Process.pid}:default"
    @shutdown = @paused = false
    trap("QUIT") { @shutdown = true }
    trap("INT") { stop_now }
    trap("TERM") { ENV["GRACEFUL_TERM"] ? @shutdown = true : stop_now }
    trap("USR1") { kill_child }
    trap("USR2") { @paused = true }
    trap("CONT") { @paused = false }
  end

  def work
    App.redis.sadd?("resque:workers", @name)
    warn "worker #{@name} waits for jobs"
    until @shutdown
      job = @paused ? nil : App.redis.lpop(App::QUEUE)
      job ? perform(JSON.parse(job)) : sleep(0.1)
    end
  ensure
    App.redis.srem?("resque:workers", @name)
    warn "worker #{@name} ends"
  end

  private

  def perform(job)
    App.redis.set("resque:worker:#{@name}", JSON.generate(payload: job))
    @child = fork { in_child(job) }
    # A signal that the worker only notes ends no wait: Ruby goes on with it.
    _, status = Process.wait2(@child)
    failed(job, status) unless status.success?
  ensure
    @child = nil
    App.redis.del("resque:worker:#{@name}")
  end

  def in_child(job)
    %w[INT TERM QUIT USR1 USR2 CONT].each { |name| trap(name, "DEFAULT") }
    App.redis.close
    Object.const_get(job.fetch("class")).perform(*job.fetch("args"))
    exit!(0)
  rescue StandardError => error
    warn "job failed: #{error.message}"
    exit!(1)
  end

  def failed(job, status)
    warn "job killed or failed: #{job}, #{status}"
    App.redis.rpush("resque:failed", JSON.generate(payload: job, worker: @name))
  end

  def stop_now
    @shutdown = true
    kill_child
  end

  def kill_child
    Process.kill("KILL", @child) if @child
  end
end
