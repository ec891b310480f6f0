using System.Diagnostics;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Benchmarks.Access;

/// <summary>What became of many sessions on one server.</summary>
/// <param name="Sessions">Sessions on the server.</param>
/// <param name="CreateSeconds">How long the client took to make them, as fast as it could.</param>
/// <param name="PublishMilliseconds">From the last one's making until a reader has all of them.</param>
/// <param name="Revocations">Revocations measured.</param>
/// <param name="RevokeMedian">Milliseconds from sending a revocation until a reader refuses the session, median.</param>
/// <param name="Revoke99">The same, 99th percentile.</param>
/// <param name="WritesForRevocation">Writes of ConfigMaps for each revocation.</param>
internal sealed record SessionsResult(int Sessions, double CreateSeconds, double PublishMilliseconds, int Revocations, double RevokeMedian, double Revoke99, double WritesForRevocation);

/// <summary>Makes many sessions on one server, then revokes some, one after the other, and reads along as a proxy does.</summary>
internal sealed class SessionsBenchmark(Bench bench)
{
    private const string Ns = "sessions";
    private const string Server = "busy";
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly AccessReader _reader = new(Ns, Server);
    private volatile AccessTable _table = AccessTable.Empty;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _written;

    /// <summary>Measures.</summary>
    public async Task<SessionsResult> RunAsync(int sessions, int revocations, CancellationToken ct)
    {
        await bench.Cluster.CreateNamespaceAsync(Ns, ct);
        await using var subject = OperatorProcess.Start(bench.Options, bench.Cluster, Ns);
        await subject.WaitUntilReadyAsync(ct);
        await bench.Bare.ApplyServersAsync([SampleServers.Make(Sample.Minimal, Ns, Server)], ct);
        await bench.Cluster.Client.CreateAsync(new MCPAccessGrant
        {
            Metadata = new() { Name = "readers", NamespaceProperty = Ns },
            Spec = new() { ServerRef = new() { Name = Server }, Subjects = [new() { Agent = "planner" }], AllowedSideEffects = [SideEffect.Read] },
        }, ct);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var following = FollowAsync(stop.Token);

        bench.Say($"making {sessions} sessions");
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, sessions, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = ct }, async (i, token) => await bench.Cluster.Client.CreateAsync(Session(i), token));
        var created = Stopwatch.GetTimestamp();
        await UntilAsync(() => _table.Sessions == sessions, ct);
        var published = Stopwatch.GetElapsedTime(created).TotalMilliseconds;
        bench.Say($"all published {published:0} ms after the last was made; waiting until their statuses are written");
        await subject.WaitUntilIdleAsync(ct);

        var times = new List<double>();
        Interlocked.Exchange(ref _written, 0);
        for (var i = 0; i < revocations; i++)
        {
            var sent = Stopwatch.GetTimestamp();
            await bench.Cluster.Client.PatchAsync(ResourceType.Of<MCPAgentSession>(), Ns, NameOf(i), V1Patch.Merge(new { spec = new { revoked = true } }), ct: ct);
            await UntilAsync(() => ReasonFor(i) == AccessReasons.SessionRevoked, ct);
            times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }

        await stop.CancelAsync();
        await following;
        return new(
            sessions, Stopwatch.GetElapsedTime(began, created).TotalSeconds, published, revocations,
            Statistics.Median(times), Statistics.Percentile(times, 0.99), _written / (double)revocations);
    }

    private static string NameOf(int i) => $"session-{i:D5}";

    private static MCPAgentSession Session(int i) => new()
    {
        Metadata = new() { Name = NameOf(i), NamespaceProperty = Ns },
        Spec = new() { ServerRef = new() { Name = Server }, Subject = new() { User = $"user-{i}@example.com", Agent = "planner" }, ExpiresAt = DateTime.UtcNow.AddHours(6) },
    };

    private string ReasonFor(int i) => AccessDecider.DecideTool(
        Policy, _table, new Caller { IsAuthenticated = true, User = $"user-{i}@example.com", Agent = "planner", Session = NameOf(i) }, "read", DateTimeOffset.UtcNow).Reason;

    private static PolicyTable Policy { get; } = new(new PolicyDocument
    {
        Schema = PolicyDocument.CurrentSchema,
        Server = new(Ns, Server, Ns),
        Tools = new() { Declared = [new() { Name = "read", Description = "", SideEffect = SideEffect.Read, RequiredTrust = TrustLevel.Low }] },
        Access = new(AccessMode.Enforce, Decision.Deny, true),
        Auth = new() { Type = AuthType.OIDC, Claims = new() },
        Limits = new(),
        Audit = new(true, false),
    });

    private async Task UntilAsync(Func<bool> holds, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Longest);
        while (true)
        {
            var next = Volatile.Read(ref _next).Task;
            if (holds())
            {
                return;
            }

            await next.WaitAsync(limit.Token);
        }
    }

    /// <summary>Watches the index and gets what it names, as a proxy does.</summary>
    private async Task FollowAsync(CancellationToken ct)
    {
        var (client, type) = (bench.Cluster.Client, ResourceType.Of<V1ConfigMap>());
        var options = new ListOptions { FieldSelector = $"metadata.name={ChildNames.Access(Server)}" };
        try
        {
            while (true)
            {
                var version = (await client.ListPageAsync(type, Ns, new ListOptions { PageSize = 1 }, null, static _ => { }, ct)).ResourceVersion;
                await TakeAsync(await client.GetAsync<V1ConfigMap>(ChildNames.Access(Server), Ns, ct), ct);
                await foreach (var e in client.WatchAsync(type, Ns, version, ItemDecoders.Typed<V1ConfigMap>(), options, ct))
                {
                    await TakeAsync(e.Item, ct);
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    private async Task TakeAsync(V1ConfigMap? index, CancellationToken ct)
    {
        if (index?.Data?.GetValueOrDefault("index.json") is not { } text || _reader.ReadIndex(text) is not null)
        {
            return;
        }

        var missing = _reader.Missing;
        Interlocked.Add(ref _written, missing.Count + 1);
        foreach (var place in missing)
        {
            var shard = await bench.Cluster.Client.GetAsync<V1ConfigMap>(
                place.Part == AccessPart.Grants ? ChildNames.Grants(Server, place.Number) : ChildNames.Sessions(Server, place.Number), Ns, ct);
            _ = _reader.ReadShard(place, shard?.Data?.GetValueOrDefault("shard.json") ?? "");
        }

        if (_reader.Missing.Count == 0)
        {
            _table = _reader.Build(DateTimeOffset.UtcNow);
            Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }
}
