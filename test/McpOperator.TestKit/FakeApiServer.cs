using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using McpOperator.Objects;
using Microsoft.AspNetCore.Http;

namespace McpOperator.TestKit;

/// <summary>A request that the fake API server saw.</summary>
public sealed record SeenRequest(string Verb, string Resource, string? Namespace, string? Name, string? Subresource, string Query, string Body);

/// <summary>
/// An API server in this process, over a real socket: lists with pages, watches with bookmarks, optimistic locking, patches, discovery.
/// It can fail
/// on purpose, cut watches, forget history, and be stopped and started again with its state.
/// </summary>
public sealed class FakeApiServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Watcher, bool> _watchers = new();
    private readonly List<Failure> _failures = [];
    private readonly X509Certificate2? _certificate;
    private LocalServer? _server;
    private int _port;

    private FakeApiServer(X509Certificate2? certificate)
    {
        _certificate = certificate;
        Store.OnEvent = e =>
        {
            foreach (var watcher in _watchers.Keys)
            {
                watcher.Offer(e);
            }
        };
        Store.Serve(
            ResourceType.Of<V1CustomResourceDefinition>(), ResourceType.Of<V1Namespace>(), ResourceType.Of<V1ConfigMap>(),
            ResourceType.Of<V1Secret>(), ResourceType.Of<V1Lease>(), ResourceType.Of<Corev1Event>(), ResourceType.Of<V1ServiceAccount>());
    }

    private sealed record Failure(string Verb, string Resource, FakeApiException Answer)
    {
        public int Left { get; set; }
    }

    /// <summary>The state.</summary>
    public FakeStore Store { get; } = new();

    /// <summary>All requests since the start, oldest first.</summary>
    public ConcurrentQueue<SeenRequest> Requests { get; } = new();

    /// <summary>Decides before everything else whether a request is refused: its answer is the status, null lets it through.</summary>
    public Func<HttpContext, int?>? Guard { get; set; }

    /// <summary>Where it listens.</summary>
    public Uri Address => new($"{(_certificate is null ? "http" : "https")}://127.0.0.1:{_port}");

    /// <summary>Watches that are open.</summary>
    public int OpenWatches => _watchers.Count;

    /// <summary>Starts one, over TLS when it gets a certificate; it then asks clients for theirs too.</summary>
    public static async Task<FakeApiServer> StartAsync(X509Certificate2? certificate = null)
    {
        var server = new FakeApiServer(certificate);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts it again after <see cref="StopAsync"/>, with its state and on its port.</summary>
    public async Task StartAgainAsync()
    {
        _server = await LocalServer.StartAsync(HandleAsync, _port, _certificate);
        _port = _server.Address.Port;
    }

    /// <summary>Stops it, cutting all connections.</summary>
    public async Task StopAsync()
    {
        CutWatches();
        await _server!.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    /// <summary>Refuses the next requests of a kind.</summary>
    /// <param name="verb">get, list, watch, create, update, patch, apply or delete; <c>*</c> is any.</param>
    /// <param name="resource">The plural; <c>*</c> is any.</param>
    /// <param name="code">The HTTP status.</param>
    /// <param name="times">How often.</param>
    /// <param name="retryAfter">Seconds for the Retry-After header.</param>
    /// <param name="reason">The reason in the Status; empty for an answer in plain text.</param>
    public void Fail(string verb, string resource, int code, int times = 1, int? retryAfter = null, string reason = "Injected")
    {
        lock (_failures)
        {
            _failures.Add(new(verb, resource, new(code, reason, "failed on purpose") { RetryAfter = retryAfter }) { Left = times });
        }
    }

    /// <summary>Breaks all watch connections in the middle.</summary>
    public void CutWatches() => Each(w => w.Cut());

    /// <summary>Sends a bookmark with the newest version to all watches.</summary>
    public void SendBookmarks() => Each(w => w.Bookmark(Store.Version));

    /// <summary>The requests that changed something, or tried to.</summary>
    public IReadOnlyList<SeenRequest> Writes => [.. Requests.Where(r => r.Verb is not ("get" or "list" or "watch"))];

    private void Each(Action<Watcher> action)
    {
        foreach (var watcher in _watchers.Keys)
        {
            action(watcher);
        }
    }

    private async Task HandleAsync(HttpContext context)
    {
        try
        {
            if (Guard?.Invoke(context) is { } refused)
            {
                throw new FakeApiException(refused, "Refused", "refused by the guard");
            }

            await RouteAsync(context);
        }
        catch (FakeApiException e)
        {
            if (e.RetryAfter is { } seconds)
            {
                context.Response.Headers.RetryAfter = seconds.ToString();
            }

            if (e.Reason.Length == 0)
            {
                context.Response.StatusCode = e.Code;
                await context.Response.WriteAsync(e.Message);
                return;
            }

            await AnswerAsync(context, e.Code, e.ToStatus());
        }
    }

    private async Task RouteAsync(HttpContext context)
    {
        var steps = context.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (steps is ["version"])
        {
            await AnswerAsync(context, 200, new JsonObject { ["gitVersion"] = "v1.99.0-fake" });
            return;
        }

        var (group, version, rest) = steps switch
        {
            ["api", var v, .. var r] => ("", v, r),
            ["apis", var g, var v, .. var r] => (g, v, r),
            _ => throw FakeApiException.NotServed(),
        };
        if (rest.Length == 0)
        {
            await AnswerAsync(context, 200, Discover(group, version));
            return;
        }

        var (ns, tail) = rest is ["namespaces", var n, _, ..] ? (n, rest[2..]) : (null, rest);
        var type = Store.Types.FirstOrDefault(t => t.Group == group && t.Version == version && t.Plural == tail[0])
            ?? throw FakeApiException.NotServed();
        await HandleAsync(context, new(type, ns, tail.ElementAtOrDefault(1), tail.ElementAtOrDefault(2)));
    }

    private sealed record Target(ResourceType Type, string? Namespace, string? Name, string? Subresource);

    private async Task HandleAsync(HttpContext context, Target target)
    {
        var query = context.Request.Query;
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var isApply = context.Request.ContentType?.StartsWith("application/apply", StringComparison.Ordinal) == true;
        var verb = context.Request.Method switch
        {
            "POST" => "create",
            "PUT" => "update",
            "DELETE" => "delete",
            "PATCH" => isApply ? "apply" : "patch",
            _ => query.ContainsKey("watch") ? "watch" : target.Name is null ? "list" : "get",
        };
        Requests.Enqueue(new(
            verb, target.Type.Plural, target.Namespace, target.Name, target.Subresource, context.Request.QueryString.Value ?? "", body));
        FailOnPurpose(verb, target.Type.Plural);
        if (verb == "watch")
        {
            await WatchAsync(context, target);
            return;
        }

        var answer = Store.Locked(() => verb == "list" ? List(target, query) : Act(verb, target, context.Request, body).DeepClone().AsObject());
        ServeDefinitions(verb, target, answer);
        await AnswerAsync(context, verb == "create" ? 201 : 200, answer);
    }

    private JsonObject Act(string verb, Target t, HttpRequest request, string body)
    {
        JsonObject Json() => JsonNode.Parse(body)!.AsObject();
        string Query(string name) => request.Query[name].FirstOrDefault() ?? "";
        return verb switch
        {
            "get" => Store.Get(t.Type, t.Namespace, t.Name!),
            "create" => Store.Create(t.Type, t.Namespace, Json()),
            "update" => Store.Replace(t.Type, t.Namespace, t.Name!, t.Subresource, Json()),
            "delete" => Store.Remove(t.Type, t.Namespace, t.Name!, body.Length > 0 ? Json()["preconditions"] : null)!,
            "apply" when Query("fieldManager").Length == 0 => throw new FakeApiException(400, "BadRequest", "fieldManager is required"),
            "apply" => Store.Apply(t.Type, t.Namespace, t.Name!, t.Subresource, Query("fieldManager"), Json()),
            _ => Store.Patch(t.Type, t.Namespace, t.Name!, t.Subresource, old =>
                request.ContentType!.StartsWith("application/json-patch", StringComparison.Ordinal)
                    ? FakeJson.Operate(old, JsonNode.Parse(body)!.AsArray())
                    : FakeJson.Merge(old, Json())),
        };
    }

    private JsonObject List(Target t, IQueryCollection query)
    {
        var limit = int.TryParse(query["limit"], out var l) ? l : int.MaxValue - 1;
        var selector = new FakeSelector(query["labelSelector"], query["fieldSelector"]);
        var (items, next) = Store.Page(t.Type, t.Namespace, selector, limit, query["continue"].FirstOrDefault());
        var metadata = new JsonObject { ["resourceVersion"] = next?.Split('|')[0] ?? Store.Version.ToString(), ["continue"] = next ?? "" };
        var array = new JsonArray([.. items.Select(i => i.DeepClone())]);
        // The real one sorts the fields of custom resources, so that metadata comes last.
        return t.Type.Group.Contains('.', StringComparison.Ordinal) && !t.Type.Group.EndsWith("k8s.io", StringComparison.Ordinal)
            ? new() { ["apiVersion"] = t.Type.ApiVersion, ["items"] = array, ["kind"] = t.Type.Kind + "List", ["metadata"] = metadata }
            : new() { ["kind"] = t.Type.Kind + "List", ["apiVersion"] = t.Type.ApiVersion, ["metadata"] = metadata, ["items"] = array };
    }

    private async Task WatchAsync(HttpContext context, Target t)
    {
        var query = context.Request.Query;
        var watcher = new Watcher(t.Type, t.Namespace, new(query["labelSelector"], query["fieldSelector"]));
        await context.Response.StartAsync();
        try
        {
            Store.Locked(() =>
            {
                var version = long.TryParse(query["resourceVersion"], out var v) ? v : 0;
                foreach (var e in Store.Since(t.Type, version))
                {
                    watcher.Offer(e);
                }

                return _watchers[watcher] = true;
            });
            await watcher.PumpAsync(context);
        }
        catch (FakeApiException e)
        {
            // As the real one: the watch begins well, and its first event says that it is too late.
            await context.Response.WriteAsync(new JsonObject { ["type"] = "ERROR", ["object"] = e.ToStatus() }.ToJsonString() + "\n");
        }
        finally
        {
            _watchers.TryRemove(watcher, out _);
        }
    }

    private void FailOnPurpose(string verb, string resource)
    {
        lock (_failures)
        {
            var failure = _failures.Find(f => f.Left > 0 && (f.Verb == "*" || f.Verb == verb) && (f.Resource == "*" || f.Resource == resource));
            if (failure is not null)
            {
                failure.Left--;
                throw failure.Answer;
            }
        }
    }

    private JsonObject Discover(string group, string version)
    {
        var types = Store.Types.Where(t => t.Group == group && t.Version == version).ToArray();
        return types.Length == 0 ? throw FakeApiException.NotServed() : new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["groupVersion"] = types[0].ApiVersion,
            ["resources"] = new JsonArray([.. types.Select(t => new JsonObject
            {
                ["name"] = t.Plural,
                ["kind"] = t.Kind,
                ["namespaced"] = t.Namespaced,
            })]),
        };
    }

    /// <summary>A definition makes its kinds, and takes them with it.</summary>
    private void ServeDefinitions(string verb, Target t, JsonObject answer)
    {
        if (t.Type.Plural != "customresourcedefinitions" || verb is "get" or "list" || answer["spec"] is not JsonObject spec)
        {
            return;
        }

        foreach (var version in spec["versions"]!.AsArray())
        {
            var names = spec["names"]!;
            var kind = new ResourceType(
                spec["group"]!.GetValue<string>(), version!["name"]!.GetValue<string>(), names["kind"]!.GetValue<string>(),
                names["plural"]!.GetValue<string>(), spec["scope"]?.GetValue<string>() != "Cluster");
            if (verb == "delete")
            {
                Store.StopServing(kind);
            }
            else
            {
                Store.Serve(kind);
            }
        }

        if (verb != "delete" && Store.Find(t.Type, null, answer["metadata"]!["name"]!.GetValue<string>()) is { } definition)
        {
            definition["status"] = JsonNode.Parse("""{"conditions":[{"type":"Established","status":"True"}]}""");
            Store.Put(t.Type, definition);
        }
    }

    private static async Task AnswerAsync(HttpContext context, int code, JsonObject body)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body.ToJsonString());
    }

    /// <summary>One open watch.</summary>
    private sealed class Watcher(ResourceType type, string? ns, FakeSelector selector)
    {
        private readonly Channel<string?> _lines = Channel.CreateUnbounded<string?>();

        public void Offer(FakeEvent e)
        {
            if (e.Type == type && (ns is null || e.Item["metadata"]!["namespace"]?.GetValue<string>() == ns) && selector.Matches(e.Item))
            {
                _lines.Writer.TryWrite(new JsonObject { ["type"] = e.Kind, ["object"] = e.Item.DeepClone() }.ToJsonString() + "\n");
            }
        }

        public void Bookmark(long version)
        {
            var item = new JsonObject { ["kind"] = type.Kind, ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString() } };
            _lines.Writer.TryWrite(new JsonObject { ["type"] = "BOOKMARK", ["object"] = item }.ToJsonString() + "\n");
        }

        /// <summary>A null line breaks the connection.</summary>
        public void Cut() => _lines.Writer.TryWrite(null);

        public async Task PumpAsync(HttpContext context)
        {
            await context.Response.Body.FlushAsync();
            try
            {
                await foreach (var line in _lines.Reader.ReadAllAsync(context.RequestAborted))
                {
                    if (line is null)
                    {
                        context.Abort();
                        return;
                    }

                    await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(line), context.RequestAborted);
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                }
            }
            catch (OperationCanceledException)
            {
                // The client went.
            }
        }
    }
}
