using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using McpOperator.Api;
using McpOperator.Policy;
using McpOperator.Proxy.Policies;
using McpOperator.TestKit;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Proxy.Tests;

/// <summary>An API server that has ConfigMaps of one namespace and nothing else: get, and watch of one by its name.</summary>
internal sealed class FakeAccessObjects : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, JsonObject> _objects = new();
    private readonly ConcurrentDictionary<Channel<JsonObject>, string> _watches = new();
    private readonly string _tokenFile = Path.GetTempFileName();
    private readonly CancellationTokenSource _stop = new();
    private LocalServer _server = null!;
    private int _version;

    public ConcurrentQueue<string> Asked { get; } = [];

    public ClusterAccess Access => new(_server.Address, _tokenFile, null);

    public static async Task<FakeAccessObjects> StartAsync()
    {
        var server = new FakeAccessObjects();
        server._server = await LocalServer.StartAsync(server.AnswerAsync);
        return server;
    }

    public void Put(string name, string key, string text)
    {
        var item = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["resourceVersion"] = Interlocked.Increment(ref _version).ToString() },
            ["data"] = new JsonObject { [key] = text },
        };
        _objects[name] = item;
        foreach (var (channel, watched) in _watches)
        {
            if (watched == name)
            {
                channel.Writer.TryWrite(new JsonObject { ["type"] = "MODIFIED", ["object"] = item.DeepClone() });
            }
        }
    }

    /// <summary>Writes what the operator writes, in its order.</summary>
    public void Put(string server, CompiledAccess access, bool indexOnly = false)
    {
        foreach (var (i, shard) in indexOnly ? [] : access.Grants.Index())
        {
            Put(ChildNames.Grants(server, i), "shard.json", shard.Text);
        }

        foreach (var (i, shard) in indexOnly ? [] : access.Sessions.Index())
        {
            Put(ChildNames.Sessions(server, i), "shard.json", shard.Text);
        }

        Put(ChildNames.Access(server), "index.json", access.IndexText);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _server.DisposeAsync();
        _stop.Dispose();
        File.Delete(_tokenFile);
    }

    private async Task AnswerAsync(HttpContext http)
    {
        Asked.Enqueue(http.Request.Path + http.Request.QueryString.Value);
        if (!http.Request.Query.ContainsKey("watch"))
        {
            var item = _objects.GetValueOrDefault(http.Request.Path.Value!.Split('/')[^1]);
            http.Response.StatusCode = item is null ? 404 : 200;
            await http.Response.WriteAsync(item?.ToJsonString() ?? "{}");
            return;
        }

        var name = http.Request.Query["fieldSelector"].ToString().Split('=')[1];
        var from = int.Parse(http.Request.Query["resourceVersion"]!);
        var channel = Channel.CreateUnbounded<JsonObject>();
        _watches[channel] = name;
        if (_objects.TryGetValue(name, out var now) && int.Parse((string)now["metadata"]!["resourceVersion"]!) > from)
        {
            channel.Writer.TryWrite(new JsonObject { ["type"] = "MODIFIED", ["object"] = now.DeepClone() });
        }

        await http.Response.StartAsync();
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _stop.Token);
            await foreach (var change in channel.Reader.ReadAllAsync(either.Token))
            {
                await http.Response.WriteAsync(change.ToJsonString() + "\n", either.Token);
                await http.Response.Body.FlushAsync(either.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The watcher hung up, or the test is over.
        }
        finally
        {
            _watches.TryRemove(channel, out _);
        }
    }
}
