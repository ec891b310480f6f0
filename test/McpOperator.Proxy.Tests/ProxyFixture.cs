using System.Net;
using System.Text;
using System.Text.Json;
using McpOperator.Api.V1Alpha1;
using McpOperator.Policy;
using McpOperator.Proxy.Policies;
using McpOperator.Proxy.Serving;
using McpOperator.TestKit;
using Microsoft.Extensions.Logging;

namespace McpOperator.Proxy.Tests;

/// <summary>A proxy on loopback in front of a <see cref="RecordingServer"/>, with a policy in a file.</summary>
internal sealed class ProxyFixture : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mcp-proxy").FullName;
    private ProxyHost? _host;

    private ProxyFixture(RecordingServer server) => Server = server;

    public RecordingServer Server { get; }

    public ProxyHost Host => _host!;

    public HttpClient Client { get; } = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(30) };

    public AuditStream Audit { get; } = new();

    public string PolicyFile => Path.Combine(_folder, "policy.json");

    public string KeyFile => Path.Combine(_folder, "key");

    public Uri Mcp => new($"http://{Host.ClientAddress}/mcp");

    public Uri State => new($"http://{Host.StateAddress}/");

    /// <summary>A policy that asks for nothing but the filter.</summary>
    public static PolicyDocument Open(params string[]? filter) => new()
    {
        Schema = PolicyDocument.CurrentSchema,
        Server = new("team-a", "everything", "team-a"),
        Tools = new() { Filter = filter },
        Access = new(AccessMode.Open, Decision.Deny, false),
        Auth = new() { Type = AuthType.None, Claims = new() },
        Limits = new(),
        Audit = new(true, false),
    };

    public static async Task<ProxyFixture> StartAsync(
        PolicyDocument? policy, Action<RecordingServer>? server = null, Func<ServeOptions, ServeOptions>? options = null, bool waits = true, ClusterAccess? cluster = null, Func<string, string?>? environment = null)
    {
        var fixture = new ProxyFixture(await RecordingServer.StartAsync(server));
        if (policy is not null)
        {
            fixture.Write(policy);
        }

        await File.WriteAllBytesAsync(fixture.KeyFile, Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());
        var serve = new ServeOptions
        {
            Namespace = "team-a",
            Policy = "everything-mcp-policy",
            PolicyFile = fixture.PolicyFile,
            SessionKeyFile = fixture.KeyFile,
            Upstream = fixture.Server.Address,
            Listen = new(IPAddress.Loopback, 0),
            MetricsListen = new(IPAddress.Loopback, 0),
            PodAddress = new(IPAddress.Loopback, 1),
            LogLevel = LogLevel.Warning,
            DrainTimeout = TimeSpan.FromSeconds(5),
        };
        fixture._host = await ProxyHost.StartAsync(options?.Invoke(serve) ?? serve, cluster, fixture.Audit, environment);
        if (waits)
        {
            await Soon.TrueAsync(async () => (await fixture.Client.GetAsync(new Uri(fixture.Mcp, "/readyz"))).StatusCode == HttpStatusCode.OK, "the proxy is ready");
        }

        return fixture;
    }

    public void Write(PolicyDocument policy) => File.WriteAllText(PolicyFile, new CompiledPolicy(policy).Text);

    /// <summary>Posts a body as a well-behaved client does.</summary>
    public Task<HttpResponseMessage> PostAsync(string body, params (string Name, string Value)[] headers) => PostAsync(Encoding.UTF8.GetBytes(body), headers);

    public async Task<HttpResponseMessage> PostAsync(byte[] body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Mcp) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-Client", "test");
        if (!headers.Any(h => h.Name == "Accept"))
        {
            request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        }

        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content.Headers.Remove(name);
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Posts a body and reads the answer's text.</summary>
    public async Task<string> AskAsync(string body, params (string Name, string Value)[] headers)
    {
        using var response = await PostAsync(body, headers);
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>Opens a session.</summary>
    public async Task<string> OpenAsync(string revision = "2025-11-25")
    {
        using var response = await PostAsync($$$$"""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"{{{{revision}}}}","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}""");
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        return response.Headers.GetValues("Mcp-Session-Id").Single();
    }

    public async Task<JsonElement> StateAsync(string path)
    {
        using var response = await Client.GetAsync(new Uri(State, path));
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }

    public async Task<string> MetricsAsync() => await Client.GetStringAsync(new Uri(State, "/metrics"));

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync(TimeSpan.Zero);
            await _host.DisposeAsync();
        }

        await Server.DisposeAsync();
        Client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Keeps audit lines.</summary>
internal sealed class AuditStream : MemoryStream
{
    private readonly Lock _lock = new();

    public IReadOnlyList<JsonElement> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. Encoding.UTF8.GetString(ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
            }
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            Write(buffer.Span);
        }

        return default;
    }
}

/// <summary>Waits for what takes a question to find out.</summary>
internal static class Soon
{
    public static async Task TrueAsync(Func<Task<bool>> look, string what) => await Eventually.Becomes(look, seen => seen, what);

    public static Task TrueAsync(Func<bool> look, string what) => Eventually.Holds(look, what: what);
}
