using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace McpOperator.Benchmarks.Bridge;

/// <summary>One bridge with a stdio server behind it, as a process of its own.</summary>
internal sealed class BridgeTarget : IDisposable
{
    private const string Initialize =
        """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}""";

    private readonly Process _process;
    private readonly int _port;

    private BridgeTarget(string name, Process process, int port) => (Name, _process, _port) = (name, process, port);

    public string Name { get; }

    /// <summary>Milliseconds from its start until it had answered a handshake.</summary>
    public double StartMilliseconds { get; private set; }

    /// <summary>The session that its callers share.</summary>
    public string Session { get; private set; } = "";

    /// <summary>Its resident memory in bytes, without that of the server behind it.</summary>
    public long Resident => ProcessFigures.Resident(_process.Id);

    /// <summary>What the bridge has taken of the processor since its start.</summary>
    public TimeSpan ProcessorTime => ProcessFigures.ProcessorTime(_process.Id);

    /// <summary>What the server behind it has.</summary>
    public TimeSpan ServerProcessorTime => ProcessFigures.ProcessorTimeOfChildren(_process.Id);

    /// <summary>Starts a bridge and shakes hands with the server behind it.</summary>
    /// <param name="name">What it is called in the report.</param>
    /// <param name="command">Makes its command line for a port.</param>
    public static BridgeTarget Start(string name, Func<int, IReadOnlyList<string>> command)
    {
        var port = FreePort();
        var line = command(port);
        var began = Stopwatch.GetTimestamp();
        var process = Process.Start(new ProcessStartInfo(line[0], line.Skip(1)) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var target = new BridgeTarget(name, process, port);
        try
        {
            using var caller = target.Connect();
            var answer = caller.Post(Initialize, null);
            target.StartMilliseconds = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            const string header = "mcp-session-id:";
            var at = answer.IndexOf(header, StringComparison.OrdinalIgnoreCase);
            target.Session = at < 0 ? throw new InvalidOperationException($"{name} opened no session: {answer}") : answer[(at + header.Length)..answer.IndexOf('\r', at)].Trim();
            caller.Post("""{"jsonrpc":"2.0","method":"notifications/initialized"}""", target.Session);
            return target;
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    /// <summary>A connection, once it listens.</summary>
    public HttpCaller Connect()
    {
        while (true)
        {
            try
            {
                return HttpCaller.Connect(_port);
            }
            catch (SocketException) when (!_process.HasExited)
            {
                Thread.Sleep(1);
            }
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
