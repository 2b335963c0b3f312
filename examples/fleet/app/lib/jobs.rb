# What the workers do.
require_relative "app"

# Counts how often it was done, under its name: each job is to be done once.
class Count
  def self.perform(name)
    sleep Float(ENV.fetch("JOB_SECONDS", "0"))
    App.redis.hincrby("done", name, 1)
  end
end
