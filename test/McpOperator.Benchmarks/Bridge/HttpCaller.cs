using System.Net;
using System.Net.Sockets;
using System.Text;

namespace McpOperator.Benchmarks.Bridge;

/// <summary>
/// Calls over one kept connection, with as little work as possible: two cores are shared with what is measured. So it blocks its thread: tasks
/// would be woken in turns. It reads plain answers and streams of events, and checks that each is the right one.
/// </summary>
internal sealed class HttpCaller : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly int _port;
    private byte[] _buffer = new byte[16 * 1024];

    private HttpCaller(int port) => _port = port;

    public static HttpCaller Connect(int port)
    {
        var caller = new HttpCaller(port);
        caller._socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        caller._socket.Connect(IPAddress.Loopback, port);
        return caller;
    }

    /// <summary>Posts a message.</summary>
    /// <returns>The response, headers included.</returns>
    public string Post(string body, string? session, string? token = null) => Encoding.UTF8.GetString(_buffer, 0, Send(Request(body, session, token)));

    /// <summary>A message as it goes over the wire.</summary>
    public byte[] Request(string body, string? session, string? token = null) => Encoding.UTF8.GetBytes(
        $"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{_port}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
        + (session is null ? "" : $"Mcp-Session-Id: {session}\r\nMCP-Protocol-Version: 2025-11-25\r\n")
        + (token is null ? "" : $"Authorization: Bearer {token}\r\n")
        + $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    /// <summary>Sends a request and reads the response to its end.</summary>
    /// <param name="request">From <see cref="Request"/>.</param>
    /// <param name="expected">What the response must have in it.</param>
    public void Call(byte[] request, byte[] expected)
    {
        var length = Send(request);
        if (_buffer.AsSpan(0, length).IndexOf(expected) < 0)
        {
            throw new InvalidOperationException($"not the right answer: {Encoding.UTF8.GetString(_buffer, 0, length)}");
        }
    }

    public void Dispose() => _socket.Dispose();

    private int Send(byte[] request)
    {
        _socket.Send(request);
        var length = 0;
        while (!HttpMessage.IsComplete(_buffer.AsSpan(0, length)))
        {
            if (length == _buffer.Length)
            {
                Array.Resize(ref _buffer, length * 2);
            }

            var count = _socket.Receive(_buffer.AsSpan(length));
            length += count > 0 ? count : throw new IOException("the connection was closed");
        }

        return length;
    }
}
