#!/usr/bin/perl
# The least that a stdio server can do: the same answer to everything, under its own id.
$| = 1;
while (<STDIN>) {
    next unless /"id":\s*(\d+|"[^"]*")/;
    print qq({"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"echo","version":"1"},"content":[{"type":"text","text":"Echo: hello"}]},"jsonrpc":"2.0","id":$1}\n);
}
