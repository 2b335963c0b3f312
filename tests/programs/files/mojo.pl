# A Mojolicious application: GET / at once, GET /slow after three seconds of a worker's work.
use Mojolicious::Lite -signatures;

app->log->level("fatal");
app->config(hypnotoad => {listen => ["http://*:8080"], workers => 2, pid_file => "/tmp/toad.pid"});
get "/" => sub ($c) { $c->render(text => "ok") };
get "/slow" => sub ($c) {
    print STDERR "slow begun\n";
    sleep 3;
    $c->render(text => "x" x 10_000);
};
app->start;
