using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Manifests;
using McpOperator.Objects;
using McpOperator.Policy;
using McpOperator.Reconcilers.ServerAccess;

namespace McpOperator.Cli;

/// <summary>A server with all that decides about calls of its tools: from files, or from a cluster.</summary>
internal sealed record AccessWorld
{
    private static readonly Type[] Kinds = [typeof(MCPServer), typeof(MCPToolConfig), typeof(MCPAccessGrant), typeof(MCPAgentSession), typeof(V1Namespace)];

    /// <summary>The server.</summary>
    public required MCPServer Server { get; init; }

    /// <summary>The tool configuration that it names, if that exists.</summary>
    public MCPToolConfig? ToolConfig { get; init; }

    /// <summary>The labels of its namespace.</summary>
    public IReadOnlyDictionary<string, string>? NamespaceLabels { get; init; }

    /// <summary>The grants of its namespace.</summary>
    public IReadOnlyList<MCPAccessGrant> Grants { get; init; } = [];

    /// <summary>The sessions of its namespace.</summary>
    public IReadOnlyList<MCPAgentSession> Sessions { get; init; } = [];

    /// <summary>Reads files. What admission would hold against the time of making is held against now.</summary>
    /// <exception cref="ManifestException">A file cannot be read, or the server is in none of them.</exception>
    public static AccessWorld Of(IEnumerable<ManifestSource> files, string ns, string server, DateTime now)
    {
        var all = new ManifestReader(Kinds) { AllowOtherKinds = true }.Read(files).Select(m => m.Entity).OfType<KubernetesEntity>().ToList();
        var found = In<MCPServer>().FirstOrDefault(s => s.Metadata.Name == server)
            ?? throw new IOException($"--server: there is no MCPServer '{server}' of namespace '{ns}' in the files.");
        return new()
        {
            Server = found,
            ToolConfig = In<MCPToolConfig>().FirstOrDefault(c => c.Metadata.Name == found.Spec.ToolConfigRef?.Name),
            NamespaceLabels = all.OfType<V1Namespace>().FirstOrDefault(n => n.Metadata.Name == ns)?.Metadata.Labels,
            Grants = [.. In<MCPAccessGrant>()],
            Sessions = [.. In<MCPAgentSession>()],
        };

        IEnumerable<T> In<T>() where T : KubernetesEntity => all.OfType<T>().Where(e => (e.Metadata.NamespaceProperty ?? ns) == ns)
            .Select(e => (T)((KubernetesEntity)e with { Metadata = e.Metadata with { NamespaceProperty = ns, CreationTimestamp = e.Metadata.CreationTimestamp ?? now } }));
    }

    /// <summary>Asks a cluster.</summary>
    /// <exception cref="IOException">The server does not exist.</exception>
    public static async Task<AccessWorld> OfAsync(IKubernetesClient client, string ns, string server, CancellationToken ct)
    {
        var found = await client.GetAsync<MCPServer>(server, ns, ct) ?? throw new IOException($"--server: there is no MCPServer '{server}' in namespace '{ns}'.");
        return new()
        {
            Server = found,
            ToolConfig = found.Spec.ToolConfigRef is { } reference ? await client.GetAsync<MCPToolConfig>(reference.Name, ns, ct) : null,
            NamespaceLabels = (await client.GetAsync<V1Namespace>(ns, null, ct))?.Metadata.Labels,
            Grants = await client.ListAsync<MCPAccessGrant>(ns, ct: ct).ToListAsync(ct),
            Sessions = await client.ListAsync<MCPAgentSession>(ns, ct: ct).ToListAsync(ct),
        };
    }

    /// <summary>What the proxy would enforce, made by the code that makes it for the proxy.</summary>
    /// <param name="configuration">The operator's configuration.</param>
    /// <param name="now">The time.</param>
    /// <param name="notes">What people should know about what is without effect.</param>
    public (PolicyTable Policy, AccessTable Access) Compile(OperatorConfiguration configuration, DateTimeOffset now, ICollection<string> notes)
    {
        var ns = Server.Metadata.NamespaceProperty!;
        var tenant = Tenants.Of(ns, NamespaceLabels);
        var tools = ToolConfigResolution.Of(Server.Spec.ToolConfigRef, ToolConfig, Server.Spec.Tools);
        var policy = new PolicyTable(PolicyCompiler.Compile(Server, tools, tenant, configuration).Document);
        var access = AccessCompiler.Compile(
            ns, Server.Metadata.Name, null,
            [.. Grants.Where(grant => IsSound("MCPAccessGrant", grant, AccessGuard.Check(grant, tenant, configuration)))],
            [.. Sessions.Where(session => IsSound("MCPAgentSession", session, AccessGuard.Check(session, tenant, configuration)))],
            AccessMemory.None, now);
        var reader = new AccessReader(ns, Server.Metadata.Name);
        reader.ReadIndex(access.IndexText);
        foreach (var place in reader.Missing)
        {
            reader.ReadShard(place, (place.Part == AccessPart.Grants ? access.Grants : access.Sessions)[place.Number].Text);
        }

        return (policy, reader.Build(now));

        bool IsSound(string kind, KubernetesEntity entity, IReadOnlyList<Admission.Violation> violations)
        {
            foreach (var violation in violations)
            {
                notes.Add($"{kind} '{entity.Metadata.Name}' is without effect: {violation}");
            }

            return violations.Count == 0;
        }
    }
}
