using System.Text.Json;
using System.Threading.Channels;
using McpOperator.Policy;
using McpOperator.Proxy.Policies;
using McpOperator.TestKit;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Proxy.Tests;

/// <summary>As much of an API server as serves one ConfigMap, over HTTP: read, watch from a version, break off, forget.</summary>
internal sealed class PolicyApi : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly string _tokenFile = Path.GetTempFileName();
    private string _text = "";
    private int _version = 1;
    private Channel<string> _events = Channel.CreateUnbounded<string>();
    private bool _forgets;

    private LocalServer _server = null!;

    public ClusterAccess Access => new(_server.Address, _tokenFile, null);

    public int Reads { get; private set; }

    public string Token
    {
        get => File.ReadAllText(_tokenFile);
        set => File.WriteAllText(_tokenFile, value);
    }

    public static async Task<PolicyApi> StartAsync()
    {
        var api = new PolicyApi { Token = "first" };
        api._server = await LocalServer.StartAsync(api.AnswerAsync);
        return api;
    }

    public void Publish(PolicyDocument policy) => PublishText(new CompiledPolicy(policy).Text);

    public void PublishText(string text)
    {
        lock (_lock)
        {
            _text = text;
            _version++;
            _events.Writer.TryWrite($$"""{"type":"MODIFIED","object":{{Object()}}}""");
        }
    }

    /// <summary>Ends the watch; with <paramref name="gone"/>, the version from which to go on is forgotten.</summary>
    public void Break(bool gone)
    {
        lock (_lock)
        {
            _forgets = gone;
            _events.Writer.Complete();
            _events = Channel.CreateUnbounded<string>();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Break(gone: false);
        await _server.DisposeAsync();
        File.Delete(_tokenFile);
    }

    private string Object() => JsonSerializer.Serialize(new { metadata = new { resourceVersion = _version.ToString() }, data = new Dictionary<string, string> { ["policy.json"] = _text } });

    private async Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Headers.Authorization != $"Bearer {Token}")
        {
            http.Response.StatusCode = 401;
            return;
        }

        if (http.Request.Path == "/api/v1/namespaces/team-a/configmaps/everything-mcp-policy")
        {
            string text;
            lock (_lock)
            {
                Reads++;
                _forgets = false;
                text = Object();
            }

            await http.Response.WriteAsync(text);
            return;
        }

        if (http.Request.Path != "/api/v1/namespaces/team-a/configmaps" || http.Request.Query["fieldSelector"] != "metadata.name=everything-mcp-policy")
        {
            http.Response.StatusCode = 403;
            return;
        }

        Channel<string> events;
        lock (_lock)
        {
            if (_forgets)
            {
                http.Response.StatusCode = 410;
                return;
            }

            events = _events;
            // What changed between the read and the watch.
            if (int.Parse(http.Request.Query["resourceVersion"]!) < _version)
            {
                events.Writer.TryWrite($$"""{"type":"MODIFIED","object":{{Object()}}}""");
            }
        }

        await http.Response.Body.FlushAsync();
        try
        {
            await foreach (var line in events.Reader.ReadAllAsync(http.RequestAborted))
            {
                await http.Response.WriteAsync(line + "\n");
                await http.Response.Body.FlushAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The watcher hung up.
        }
    }
}
