using System.Net;
using System.Net.Sockets;
using System.Text;
using McpOperator.Benchmarks.Bridge;
using McpOperator.Protocol;

namespace McpOperator.Benchmarks.Proxy;

/// <summary>
/// An MCP server over streamable HTTP that does next to nothing, so that what stands before it is seen: a thread for each connection, which
/// takes no more of the two cores than it must.
/// </summary>
internal sealed class TrivialServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    private TrivialServer()
    {
        _listener.Start();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public static TrivialServer Start() => new();

    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        try
        {
            while (true)
            {
                var connection = _listener.AcceptSocket();
                new Thread(() => Serve(connection)) { IsBackground = true }.Start();
            }
        }
        catch (SocketException)
        {
            // Disposed.
        }
    }

    private static void Serve(Socket connection)
    {
        using var _ = connection;
        connection.NoDelay = true;
        var (buffer, length) = (new byte[64 * 1024], 0);
        try
        {
            while (connection.Receive(buffer.AsSpan(length)) is > 0 and var count)
            {
                length += count;
                if (HttpMessage.IsComplete(buffer.AsSpan(0, length)))
                {
                    connection.Send(Answer(buffer.AsMemory(0, length)));
                    length = 0;
                }
            }
        }
        catch (SocketException)
        {
            // The client has gone.
        }
    }

    private static byte[] Answer(Memory<byte> request)
    {
        if (!request.Span.StartsWith("POST"u8))
        {
            return "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n"u8.ToArray();
        }

        var message = HttpMessage.Body(request);
        var id = JsonText.Member(message, "id");
        if (id.IsEmpty)
        {
            return "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"u8.ToArray();
        }

        var result = JsonText.Unquote(JsonText.Member(message, "method")) switch
        {
            "initialize" => """{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"trivial","version":"1"}}""",
            "tools/list" => """{"tools":[{"name":"echo","inputSchema":{"type":"object"}},{"name":"other","inputSchema":{"type":"object"}}]}""",
            "tools/call" => """{"content":[{"type":"text","text":"Echo: hello"}]}""",
            _ => "{}",
        };
        var body = $$"""{"jsonrpc":"2.0","id":{{Encoding.UTF8.GetString(id.Span)}},"result":{{result}}}""";
        return Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }
}
