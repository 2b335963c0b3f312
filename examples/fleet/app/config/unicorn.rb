# initd sends QUIT when the container is to stop: unicorn then finishes the requests in flight.
working_directory "/app"
worker_processes Integer(ENV.fetch("WEB_CONCURRENCY", "2"))
timeout 30
preload_app true
