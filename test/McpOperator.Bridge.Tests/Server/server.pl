#!/usr/bin/perl
# A stdio MCP server that does what it is told, well or badly. Perl, because every Debian has it and it starts in 3 ms: tests start
# hundreds of these. It finds what it needs in a message by regular expressions; only our own tests talk to it.
use strict; use warnings; use Time::HiRes qw(sleep);

$| = 1;
my %flag = map { /^--([^=]+)=?(.*)/ ? ($1 => $2) : () } @ARGV;
sleep $flag{'start-after'} if $flag{'start-after'};
if (exists $flag{'exit-at-once'}) { print STDERR "no configuration found\n"; exit $flag{'exit-at-once'}; }
$SIG{TERM} = 'IGNORE' if exists $flag{stubborn};
if (exists $flag{deaf}) { sleep 1 while 1; }

my ($secret, $next) = ('none', 1);

sub say_line { print $_[0], "\n"; }
# As the official SDKs write it: the id comes last.
sub answer { my ($id, $result) = @_; say_line(qq({"result":$result,"jsonrpc":"2.0","id":$id})); }
sub text { my ($id, $text) = @_; answer($id, qq({"content":[{"type":"text","text":"$text"}]})); }

while (my $line = <STDIN>) {
    my ($id) = $line =~ /"id":\s*(-?\d+|"[^"]*")/;
    my ($method) = $line =~ /"method":\s*"([^"]+)"/;
    my ($tool) = $line =~ /"name":\s*"([^"]+)"/;
    my ($text) = $line =~ /"text":\s*"((?:[^"\\]++|\\.)*+)"/;
    my ($count) = $line =~ /"count":\s*(\d+)/;
    my ($token) = $line =~ /"progressToken":\s*(\d+|"[^"]*")/;
    next unless defined $method;
    if ($method eq 'initialize') {
        next if exists $flag{silent};
        my ($version) = $line =~ /"protocolVersion":\s*"([^"]+)"/;
        if (exists $flag{refuse}) { say_line(qq({"jsonrpc":"2.0","id":$id,"error":{"code":-32602,"message":"not you"}})); next; }
        answer($id, qq({"protocolVersion":"$version","capabilities":{"tools":{}},"serverInfo":{"name":"fixture","version":"1"}}));
    }
    elsif ($method eq 'notifications/cancelled') { my ($of) = $line =~ /"requestId":\s*(\d+|"[^"]*")/; print STDERR "cancelled $of\n"; }
    elsif ($method eq 'ping' or $method =~ /^resources/) { answer($id, '{}'); }
    elsif ($method eq 'subscriptions/listen') {
        say_line(qq({"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":$id}}}));
        say_line(qq({"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":$id}}}));
    }
    elsif ($method ne 'tools/call') { say_line(qq({"jsonrpc":"2.0","id":$id,"error":{"code":-32601,"message":"Method not found"}})) if defined $id; }
    elsif ($tool eq 'echo') { text($id, $text); }
    elsif ($tool eq 'line') { $line =~ s/\n//; $line =~ s/(["\\])/\\$1/g; text($id, $line); }
    elsif ($tool eq 'remember') { $secret = $text; text($id, 'ok'); }
    elsif ($tool eq 'recall') { text($id, $secret); }
    elsif ($tool eq 'pid') { text($id, $$); }
    elsif ($tool eq 'environment') { text($id, $ENV{$text} // 'none'); }
    elsif ($tool eq 'wait') { sleep $count / 1000; text($id, 'waited'); }
    elsif ($tool eq 'never') { }
    elsif ($tool eq 'exit') { print STDERR "exiting\n"; exit $count; }
    elsif ($tool eq 'kill') { kill 9, $$; }
    elsif ($tool eq 'close') { close STDOUT; sleep 1000; }
    elsif ($tool eq 'child') { my $pid = fork; if (!$pid) { $SIG{TERM} = 'IGNORE'; sleep 1 while 1; } text($id, $pid); }
    elsif ($tool eq 'big') { text($id, 'x' x $count); }
    elsif ($tool eq 'last') { text($id, 'x' x $count); exit 0; }
    elsif ($tool eq 'ask') { my ($state) = $line =~ /"requestState":"([^"]*)"/; $state ? text($id, $state eq $secret ? 'my own state' : 'a strange state') : answer($id, qq({"resultType":"input_required","requestState":") . ($secret = "state of $$") . '"}'); }
    elsif ($tool eq 'garbage') { say_line("log line $_ { not json") for 1 .. $count; print "\x00\xff\x1b[31m\n"; say_line('"a string"'); say_line('{"jsonrpc":"2.0"}'); text($id, 'ok'); }
    elsif ($tool eq 'stderr') { print STDERR "$text\n" for 1 .. $count; text($id, 'ok'); }
    elsif ($tool eq 'pieces') { for my $c (split //, qq({"jsonrpc":"2.0","id":$id,"result":{"content":[{"type":"text","text":"whole"}]}})) { print $c; sleep 0.001; } print "\r\n"; }
    elsif ($tool eq 'batch') { say_line(qq([{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"in a batch"}},{"jsonrpc":"2.0","id":$id,"result":{"content":[]}}])); }
    elsif ($tool eq 'progress') { for my $i (1 .. $count) { say_line(qq({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":$token,"progress":$i}})); sleep 0.01; } text($id, 'ok'); }
    elsif ($tool eq 'flood') { say_line(qq({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"$_) . 'x' x 1000 . '"}}') for 1 .. $count; text($id, 'ok'); }
    elsif ($tool eq 'change') { say_line('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'); text($id, 'ok'); }
    elsif ($tool eq 'updated') { say_line(qq({"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"$text"}})); text($id, 'ok'); }
    elsif ($tool eq 'later') { text($id, 'ok'); sleep $count / 1000; say_line(qq({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"$text"}})); }
    elsif ($tool eq 'sample') {
        say_line(qq({"jsonrpc":"2.0","id":"s$next","method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}}));
        $next++;
        my $reply = <STDIN>; $reply =~ s/\n//; $reply =~ s/(["\\])/\\$1/g;
        text($id, $reply);
    }
    else { say_line(qq({"jsonrpc":"2.0","id":$id,"error":{"code":-32602,"message":"Unknown tool"}})); }
}
