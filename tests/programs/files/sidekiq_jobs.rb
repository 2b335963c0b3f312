# A job of three seconds, for a Sidekiq that is stopped in the middle of it.
$stdout.sync = true

class Job
  include Sidekiq::Worker

  def perform
    puts "job begun"
    sleep 3
    puts "job finished"
  end
end
