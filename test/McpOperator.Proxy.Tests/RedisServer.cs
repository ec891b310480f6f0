using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpOperator.Proxy.Redis;
using McpOperator.TestKit;

namespace McpOperator.Proxy.Tests;

/// <summary>Debian's <c>redis-server</c> on loopback, which can be killed, started anew where it was, and held.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private static readonly Lazy<Task<ScriptRun>> Script = new(() => ScriptRun.StartAsync("hack/redis-server.sh", [], line => TestContext.Progress.WriteLine(line)));

    private readonly Folder _folder = new();
    private readonly string _program;
    private readonly string[] _arguments;
    private readonly int _port;
    private Process? _process;

    private RedisServer(string program, bool tls, string[] arguments)
    {
        _port = FreePort();
        (_program, _arguments) = (program, [.. tls ? (string[])["--port", "0", "--tls-port", $"{_port}", .. TlsFiles()] : ["--port", $"{_port}"], .. arguments]);
        Url = $"{(tls ? "rediss" : "redis")}://127.0.0.1:{_port}";
    }

    public string Url { get; }

    /// <summary>The authority of its certificate, in PEM; nothing where it speaks without TLS.</summary>
    public string? Authority { get; private set; }

    /// <summary>Starts it; the test is left out, and says why, where this machine cannot have it.</summary>
    public static async Task<RedisServer> StartAsync(bool tls = false, params string[] arguments)
    {
        var run = await Script.Value;
        if (run.ExitCode != 0)
        {
            Assert.Ignore($"redis-server cannot be had here: {run.Said.TrimEnd().Split('\n')[^1]}");
        }

        var server = new RedisServer(Path.Combine(run.Output.Trim().Split('\n')[^1], "redis-server"), tls, arguments);
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts it anew where it was, empty.</summary>
    public async Task StartAsync()
    {
        _process = Process.Start(new ProcessStartInfo(_program, ["--bind", "127.0.0.1", "--save", "", "--daemonize", "no", "--dir", _folder.Path, "--logfile", "log", .. _arguments]))!;
        await Soon.TrueAsync(
            async () =>
            {
                using var client = new TcpClient();
                try
                {
                    await client.ConnectAsync(IPAddress.Loopback, _port);
                    return true;
                }
                catch (SocketException)
                {
                    return _process.HasExited ? throw new InvalidOperationException(File.ReadAllText(Path.Combine(_folder.Path, "log"))) : false;
                }
            },
            "redis-server listens");
    }

    /// <summary>Ends it as a node that loses its power does.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Takes it off the processor: connections stand, nothing is answered.</summary>
    public void Hold() => Signal("STOP");

    public void Release() => Signal("CONT");

    /// <summary>Runs a command as the administrator.</summary>
    public async Task<RespValue> RunAsync(params string[] words)
    {
        await using var connection = await RedisConnection.OpenAsync(new(Url, Authority), null, CancellationToken.None);
        var reply = await connection.SendAsync(RespCommand.Of(words));
        return reply.Kind == RespKind.Error ? throw new InvalidOperationException(reply.Text) : reply;
    }

    public ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            Kill();
        }

        _folder.Dispose();
        return default;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process!.Id}"]);
        kill.WaitForExit();
    }

    private string[] TlsFiles()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=redis", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        Authority = certificate.ExportCertificatePem();
        return ["--tls-cert-file", _folder.Write("tls.crt", Authority), "--tls-key-file", _folder.Write("tls.key", key.ExportPkcs8PrivateKeyPem()), "--tls-auth-clients", "no"];
    }
}
