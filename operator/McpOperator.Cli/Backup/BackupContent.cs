using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators.MCPServers;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Cli.Backup;

/// <summary>
/// What a reinstallation cannot make again by itself: what people asked for, and what was approved. Keys, certificates, policies, workloads and
/// the credentials of OAuth clients are not in it, because the operator makes them anew.
/// </summary>
internal sealed record BackupContent
{
    /// <summary>When it was made.</summary>
    public required DateTime Time { get; init; }

    /// <summary>By which version of the program.</summary>
    public required string By { get; init; }

    /// <summary>The namespaces of what is in it, with the label that names their tenant.</summary>
    public IReadOnlyList<V1Namespace> Namespaces { get; init; } = [];

    /// <summary>Servers, with the history of their versions and what waits.</summary>
    public IReadOnlyList<MCPServer> Servers { get; init; } = [];

    /// <summary>What the versions in those histories are made of.</summary>
    public IReadOnlyList<V1ControllerRevision> Versions { get; init; } = [];

    public IReadOnlyList<MCPToolConfig> ToolConfigs { get; init; } = [];

    public IReadOnlyList<MCPAccessGrant> Grants { get; init; } = [];

    public IReadOnlyList<MCPAgentSession> Sessions { get; init; } = [];

    /// <summary>Reads a cluster.</summary>
    /// <param name="client">As somebody who may read all of it.</param>
    /// <param name="ns">The only namespace; nothing: all.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ct">Stops reading.</param>
    public static async Task<BackupContent> ReadAsync(IKubernetesClient client, string? ns, TimeProvider time, CancellationToken ct)
    {
        // Versions first: of a server that is approved anew meanwhile, a version too many is kept, and never one too few.
        var selector = $"{Labels.ManagedBy}={Labels.Manager},{Labels.Role}={Labels.VersionRole}";
        var versions = await client.ListAsync<V1ControllerRevision>(ns, new ListOptions { LabelSelector = selector }, ct).ToListAsync(ct);
        var servers = await client.ListAsync<MCPServer>(ns, ct: ct).Select(s => Kept(s) with { Status = Kept(s.Status) }).ToListAsync(ct);
        var toolConfigs = await client.ListAsync<MCPToolConfig>(ns, ct: ct).Select(c => Kept(c) with { Status = new() }).ToListAsync(ct);
        var grants = await client.ListAsync<MCPAccessGrant>(ns, ct: ct).Select(g => Kept(g) with { Status = new() }).ToListAsync(ct);
        var sessions = await client.ListAsync<MCPAgentSession>(ns, ct: ct).Select(s => Kept(s) with { Status = new() }).ToListAsync(ct);
        var used = ((IEnumerable<KubernetesEntity>)[.. servers, .. toolConfigs, .. grants, .. sessions]).Select(e => e.Metadata.NamespaceProperty!).ToHashSet();
        return new()
        {
            Time = time.GetUtcNow().UtcDateTime,
            By = VersionCommand.Version,
            Namespaces = [.. await client.ListAsync<V1Namespace>(ct: ct).Where(n => used.Contains(n.Metadata.Name)).Select(TenantOf).ToListAsync(ct)],
            Servers = servers,
            Versions = [.. servers.SelectMany(s => HashesOf(s).Select(hash => Find(versions, s, hash))).OfType<V1ControllerRevision>().Select(Kept)],
            ToolConfigs = toolConfigs,
            Grants = grants,
            Sessions = sessions,
        };
    }

    /// <summary>The hashes of what a server's decided versions are made of. What waits is made of what the server says, and is made again from that.</summary>
    public static IEnumerable<string> HashesOf(MCPServer server) =>
        (server.Status.History ?? []).Select(v => v.Content).OfType<string>().Where(h => h.Length == 64).Distinct();

    /// <summary>The object that keeps a version, if its content is the one that the hash promises.</summary>
    public static V1ControllerRevision? Find(IEnumerable<V1ControllerRevision> versions, MCPServer server, string hash) => versions.FirstOrDefault(v =>
        v.Metadata.NamespaceProperty == server.Metadata.NamespaceProperty && v.Metadata.Name == ChildNames.Version(server.Metadata.Name, hash) && VersionGenerator.Read(v, hash) is not null);

    /// <summary>What people wrote. Identity, owners and finalizers are those of the cluster that it came from; so is a decision, which is sealed for it.</summary>
    private static T Kept<T>(T entity) where T : KubernetesEntity => (T)((KubernetesEntity)entity with
    {
        Metadata = new()
        {
            Name = entity.Metadata.Name,
            NamespaceProperty = entity.Metadata.NamespaceProperty,
            Labels = entity.Metadata.Labels,
            Annotations = entity.Metadata.Annotations?.Where(a => a.Key is not (Annotations.Decision or Annotations.DecisionReason or Annotations.DecidedBy or Annotations.DecisionSeal)).ToDictionary(),
        },
    });

    /// <summary>What was decided, and what waits. Everything else the operator sees anew.</summary>
    private static MCPServerStatus Kept(MCPServerStatus status) => new()
    {
        History = status.History is { } history ? [.. history.Select(v => v.State == VersionState.Active ? v with { State = VersionState.Approved } : v)] : null,
        Pending = status.Pending is { } pending ? pending with { Revision = null, CandidateUrl = null } : null,
    };

    private static V1Namespace TenantOf(V1Namespace ns) => new()
    {
        Metadata = new()
        {
            Name = ns.Metadata.Name,
            Labels = ns.Metadata.Labels?.Where(l => l.Key == Labels.Tenant).ToDictionary() is { Count: > 0 } tenant ? tenant : null,
        },
    };
}
