using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using McpOperator.Api.V1Alpha1;
using McpOperator.Benchmarks.Bridge;
using McpOperator.Policy;

namespace McpOperator.Benchmarks.Proxy;

/// <summary><c>mcp-proxy serve</c> as a process of its own, with a policy, metrics and audit lines.</summary>
internal sealed class ProxyProcess : IDisposable
{
    private readonly Process _process;
    private readonly string _policy;

    private ProxyProcess(Process process, string policy, int port) => (_process, _policy, Port) = (process, policy, port);

    public int Port { get; }

    /// <summary>Milliseconds from its start until it had answered a call.</summary>
    public double StartMilliseconds { get; private set; }

    /// <summary>Its resident memory in bytes.</summary>
    public long Resident => ProcessFigures.Resident(_process.Id);

    /// <summary>What it has taken of the processor since its start.</summary>
    public TimeSpan ProcessorTime => ProcessFigures.ProcessorTime(_process.Id);

    /// <summary>Starts it before a server and waits until it answers.</summary>
    public static async Task<ProxyProcess> StartAsync(string program, int serverPort, byte[] expected, CancellationToken ct, PolicyDocument? document = null, string? token = null)
    {
        var policy = Path.GetTempFileName();
        await File.WriteAllTextAsync(policy, new CompiledPolicy(document ?? Policy()).Text, ct);
        var (port, metrics) = (FreePort(), FreePort());
        var began = Stopwatch.GetTimestamp();
        var process = Process.Start(new ProcessStartInfo(program,
        [
            "serve", "--namespace=bench", $"--policy-file={policy}", $"--upstream=http://127.0.0.1:{serverPort}/mcp", $"--listen=127.0.0.1:{port}", $"--metrics-listen=127.0.0.1:{metrics}", "--log-level=Warning",
        ])
        { RedirectStandardOutput = true })!;
        // Audit lines are taken away, as a node's log does.
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        var proxy = new ProxyProcess(process, policy, port);
        try
        {
            while (!Answers(port, expected, token))
            {
                if (process.HasExited)
                {
                    throw new InvalidOperationException($"mcp-proxy ended with exit code {process.ExitCode}.");
                }

                await Task.Delay(1, ct);
            }

            proxy.StartMilliseconds = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            return proxy;
        }
        catch
        {
            proxy.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        File.Delete(_policy);
    }

    /// <summary>A policy that asks for nothing but the filter.</summary>
    public static PolicyDocument Policy() => new()
    {
        Schema = PolicyDocument.CurrentSchema,
        Server = new("bench", "trivial", "bench"),
        Tools = new() { Filter = ["echo"] },
        Access = new(AccessMode.Open, Decision.Deny, false),
        Auth = new() { Type = AuthType.None, Claims = new() },
        Limits = new(),
        Audit = new(true, false),
    };

    private static bool Answers(int port, byte[] expected, string? token)
    {
        try
        {
            using var caller = HttpCaller.Connect(port);
            return caller.Post(BridgeBenchmark.Call(1), null, token).Contains(System.Text.Encoding.UTF8.GetString(expected), StringComparison.Ordinal);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
