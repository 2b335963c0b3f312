# A job of three seconds, or JOB_SECONDS, for a Sidekiq that is stopped in the middle of it.
$stdout.sync = true

class Job
  include Sidekiq::Worker

  def perform
    puts "job begun"
    sleep Float(ENV.fetch("JOB_SECONDS", "3"))
    puts "job finished"
  end
end
