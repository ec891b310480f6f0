using System.Text.Json;
using McpOperator.Api;
using McpOperator.Policy;

namespace McpOperator.Proxy.Policies;

/// <summary>
/// Watches the index of the server's grants and sessions, and gets the shards that a new one names. Until all of them are here, what was in
/// force stays so, for a second; after that, what is missing is closed.
/// </summary>
internal sealed class AccessWatch(ClusterAccess cluster, string ns, PolicyStore policies, AccessStore store, TimeProvider time, ILogger<AccessWatch> log)
    : ConfigMapWatch(cluster, ns, time, log)
{
    private const string IndexKey = "index.json";
    private const string ShardKey = "shard.json";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private string _server = "";
    private AccessReader? _reader;

    /// <summary>Whose grants and sessions they are says the policy.</summary>
    protected override async ValueTask<string> NameAsync(CancellationToken ct)
    {
        while (policies.Current is null)
        {
            await Task.Delay(Pause, Time, ct);
        }

        _server = policies.Current.Document.Server.Name;
        _reader = new AccessReader(Namespace, _server);
        return ChildNames.Access(_server);
    }

    protected override async ValueTask TakeAsync(HttpClient client, JsonElement configMap, CancellationToken ct)
    {
        if (!Take(configMap))
        {
            return;
        }

        var (reader, began, isClosed) = (_reader!, Time.GetTimestamp(), false);
        while (true)
        {
            await ReadShardsAsync(client, reader, ct);
            if (reader.Missing is not { Count: > 0 } missing)
            {
                store.Put(reader.Build(Time.GetUtcNow()), reader.Revision, null);
                log.LogInformation("Grants and sessions of revision {Revision} are in force ({Sessions} sessions)", reader.Revision, store.Current.Sessions);
                return;
            }

            if (!isClosed && Time.GetElapsedTime(began) > Patience)
            {
                var problem = $"{string.Join(", ", missing.Select(NameOf))} cannot be read as the index names them; their part is closed";
                store.Put(reader.Build(Time.GetUtcNow()), reader.Revision, problem);
                log.LogWarning("{Problem}", problem);
                isClosed = true;
            }

            // The operator may be writing: then the index that goes with the shards is not far.
            await Task.Delay(Pause, Time, ct);
            using var index = await GetAsync(client, ChildNames.Access(_server), ct);
            Take(index.RootElement);
        }
    }

    private bool Take(JsonElement index)
    {
        var problem = TextOf(index, IndexKey) is { } text ? _reader!.ReadIndex(text) : $"it has no {IndexKey}";
        if (problem is not null)
        {
            store.Reject($"ConfigMap {Namespace}/{ChildNames.Access(_server)}: {problem}");
            log.LogError("The index of grants and sessions cannot be used, and what is in force stays: {Problem}", problem);
        }

        return problem is null;
    }

    private async Task ReadShardsAsync(HttpClient client, AccessReader reader, CancellationToken ct)
    {
        var texts = await Task.WhenAll(reader.Missing.Select(async place => (place, text: await ReadAsync(place))));
        foreach (var (place, text) in texts)
        {
            if (text is not null)
            {
                _ = reader.ReadShard(place, text);
            }
        }

        async Task<string?> ReadAsync(ShardPlace place)
        {
            try
            {
                using var shard = await GetAsync(client, NameOf(place), ct);
                return TextOf(shard.RootElement, ShardKey);
            }
            catch (HttpRequestException e) when (e.StatusCode is not null)
            {
                // It is not there (yet), or not ours to read.
                return null;
            }
        }
    }

    private string NameOf(ShardPlace place) => place.Part == AccessPart.Grants ? ChildNames.Grants(_server, place.Number) : ChildNames.Sessions(_server, place.Number);
}
