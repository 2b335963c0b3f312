# One slow job, for sidekiq.
require "sidekiq"

class SlowJob
  include Sidekiq::Worker

  def perform
    STDOUT.write("job begun\n")
    STDOUT.flush
    sleep 2
    STDOUT.write("job finished\n")
    STDOUT.flush
  end
end
