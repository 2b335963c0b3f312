# A PSGI application with the two answers of config.ru: at once, and in two halves.
use strict;
use warnings;

my $half = "x" x 5_000;

sub {
    my $request = shift;
    my $slow = $request->{PATH_INFO} eq "/slow";
    return [200, ["Content-Type", "text/plain", "Content-Length", 2], ["ok"]] unless $slow;
    return sub {
        my $writer = shift->([200, ["Content-Type", "text/plain", "Content-Length", 10_000]]);
        $writer->write($half);
        sleep 3;
        $writer->write($half);
        $writer->close;
    };
};
