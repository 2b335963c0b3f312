#!/usr/bin/perl
# Forks without end, in every process that it gets; says once that there is no room for more.
use strict;
use warnings;

$| = 1;
my $first = $$;
my $said  = 0;
while (1) {
    my $child = fork;
    next if defined $child;
    next if $said++ or $$ != $first;
    print "no room for another process\n";
}
