# A worker with the trap table that Resque publishes; it stands in for Resque, which Debian does not
# package. It works on one job, in a child, as Resque does, and says what became of it.
#
#   QUIT        finish the job, then exit
#   TERM, INT   kill the job's child, exit; with GRACEFUL_TERM set, TERM is as QUIT
#   USR1        kill the job's child, go on
#   USR2, CONT  take no new jobs; take them again
#
# The job's child has the default action for QUIT, as Resque's has: a QUIT that reaches the whole
# process group, and not the worker alone, ends the job.

$stdout.sync = true
JOB_SECONDS = Float(ENV.fetch("JOB_SECONDS", "3"))

def start_job
  ready, started = IO.pipe
  child = fork do
    %w[INT QUIT USR1 USR2 CONT].each { |name| trap(name, "DEFAULT") }
    trap("TERM") { exit!(1) }
    started.puts
    sleep JOB_SECONDS
    exit!(0)
  end
  ready.gets
  child
end

# Handlers only note what arrived: the loop below acts, one signal at a time.
signals = Queue.new
notes, note = IO.pipe
%w[TERM INT QUIT USR1 USR2 CONT].each do |name|
  trap(name) { note.syswrite("#{name}\n") }
end
Thread.new { while (name = notes.gets) do signals << name.chomp end }

job = start_job
Thread.new { _, status = Process.wait2(job); signals << status }
puts "ready: worker #{Process.pid} has a job in flight"

shutdown = false
loop do
  case event = signals.pop
  when Process::Status
    puts event.success? ? "job finished" : "job killed"
    job = nil
  when "QUIT"
    shutdown = true
  when "TERM", "INT"
    shutdown = true
    Process.kill("KILL", job) if job && !(event == "TERM" && ENV["GRACEFUL_TERM"])
  when "USR1"
    Process.kill("KILL", job) if job
  when "USR2"
    puts "paused"
  when "CONT"
    puts "resumed"
  end
  puts "signal #{event}" if event.is_a?(String)
  break if shutdown && job.nil?
end
puts "worker exits"
