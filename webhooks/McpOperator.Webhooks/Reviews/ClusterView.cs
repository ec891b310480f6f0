using System.Text.Json;
using McpOperator.Admission;
using McpOperator.Admission.Images;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Reconcilers;
using McpOperator.Reconcilers.Versions;

namespace McpOperator.Webhooks.Reviews;

/// <summary>
/// What stands around an object, from memory. Where memory alone would refuse what is right by now, the API server is asked: an object
/// that was made or deleted a moment ago may not have reached us.
/// </summary>
[EntityRbac(typeof(MCPServer), typeof(MCPToolConfig), Verbs = RbacVerb.Get)]
[EntityRbac(typeof(V1Namespace), Verbs = RbacVerb.Get, Scope = RbacScope.Cluster)]
[EntityRbac(typeof(V1SubjectAccessReview), Verbs = RbacVerb.Create, Scope = RbacScope.Cluster)]
internal sealed class ClusterView(OperatorCaches caches, IKubernetesClient client, IImageSignatures signatures)
{
    /// <summary>Of so many servers it is worked out what a changed tool configuration does to them; a warning names one and counts the rest.</summary>
    private const int Forecast = 200;

    private readonly ReviewForecast _forecast = new(client, caches);

    /// <summary>So many servers are asked for one by one before a deletion is refused on their account.</summary>
    private const int AskedFor = 8;

    /// <summary>Waits until memory holds what reviews need.</summary>
    public Task WaitAsync(CancellationToken ct) =>
        Task.WhenAll(caches.Servers.WaitForSyncAsync(ct), caches.ToolConfigs.WaitForSyncAsync(ct), caches.Namespaces.WaitForSyncAsync(ct));

    /// <summary>The namespace: its labels say whose it is.</summary>
    public async Task<V1Namespace?> NamespaceAsync(string name, CancellationToken ct) =>
        caches.Namespaces.Get(new("", name)) ?? await client.GetAsync<V1Namespace>(name, null, ct);

    /// <summary>What stands around a server.</summary>
    public async Task<ReviewSurroundings> AroundAsync(Review<MCPServer> review, V1Namespace? ns, CancellationToken ct)
    {
        var name = review.New.Metadata.NamespaceProperty ?? "";
        var config = review.New.Spec.ToolConfigRef is { } reference
            ? caches.ToolConfigs.Get(new(name, reference.Name)) ?? await client.GetAsync<MCPToolConfig>(reference.Name, name, ct)
            : null;
        return new()
        {
            ReferencesRead = true,
            ToolConfig = config,
            ServersBefore = review.Operation == Operation.Create ? caches.CountServers(review.Tenant, name) : null,
            Signature = await signatures.FindAsync(review, ct),
            WillBeHeld = review.New.Spec.ToolConfigRef is not null && config is null
                ? []
                : await _forecast.OfAsync(review.New with { Status = review.Old?.Status ?? new() }, config?.Spec, review.Configuration, review.Now, ct),
            NamespaceIsDeleting = IsDeleting(ns),
        };
    }

    /// <summary>What stands around a tool configuration.</summary>
    public async Task<ReviewSurroundings> AroundAsync(Review<MCPToolConfig> review, V1Namespace? ns, CancellationToken ct)
    {
        var meta = review.New.Metadata;
        var users = caches.Servers.ByIndex(OperatorCaches.ByToolConfig, new NamespacedName(meta.NamespaceProperty ?? "", meta.Name).ToString())
            .Where(server => server.Metadata.DeletionTimestamp is null).ToList();
        var isDeleting = IsDeleting(ns);
        if (review.Operation == Operation.Delete && users.Count > 0 && !isDeleting)
        {
            users = await StillThereAsync(users, meta.Name, ct);
            // A namespace's deletion reaches its objects before it reaches us.
            isDeleting = users.Count > 0 && await client.GetAsync<V1Namespace>(meta.NamespaceProperty!, null, ct) is null or { Metadata.DeletionTimestamp: not null };
        }

        var held = new Dictionary<string, IReadOnlyList<SurfaceChange>>(StringComparer.Ordinal);
        foreach (var user in review.Operation == Operation.Delete ? [] : users.Take(Forecast))
        {
            if (await _forecast.OfAsync(user, review.New.Spec, review.Configuration, review.Now, ct) is { Count: > 0 } changes)
            {
                held[user.Metadata.Name] = changes;
            }
        }

        return new() { ReferencesRead = true, Users = users, ServersHeld = held, NamespaceIsDeleting = isDeleting };
    }

    /// <summary>What stands around a grant or a session.</summary>
    public async Task<ReviewSurroundings> AroundAsync(string ns, string server, CancellationToken ct) => new()
    {
        ReferencesRead = true,
        Server = caches.Servers.Get(new(ns, server)) ?? await client.GetAsync<MCPServer>(server, ns, ct),
    };

    /// <summary>Whether who asks has the verb <c>approve</c> on the server. What the API server does not answer is a no.</summary>
    public async Task<bool> MayApproveAsync(AdmissionRequest request, CancellationToken ct)
    {
        var user = request.UserInfo;
        var question = new V1SubjectAccessReview
        {
            Spec = new()
            {
                User = request.User,
                Uid = user.TryGetProperty("uid", out var uid) ? uid.GetString() : null,
                Groups = user.TryGetProperty("groups", out var groups) ? groups.Deserialize<List<string>>() : null,
                Extra = user.TryGetProperty("extra", out var extra) ? extra.Deserialize<Dictionary<string, IReadOnlyList<string>>>() : null,
                ResourceAttributes = new() { NamespaceProperty = request.Namespace, Verb = "approve", Group = ApiGroup.Name, Resource = "mcpservers", Name = request.Name },
            },
        };
        return (await client.CreateAsync(question, ct)).Status?.Allowed == true;
    }

    private async Task<List<MCPServer>> StillThereAsync(List<MCPServer> users, string config, CancellationToken ct)
    {
        var there = new List<MCPServer>();
        foreach (var user in users.Take(AskedFor))
        {
            var live = await client.GetAsync<MCPServer>(user.Metadata.Name, user.Metadata.NamespaceProperty, ct);
            if (live is { Metadata.DeletionTimestamp: null } && live.Spec.ToolConfigRef?.Name == config)
            {
                there.Add(live);
            }
        }

        // When those are gone that were asked for, the others go as well, or keep it: then they are told without having been asked for.
        return [.. there, .. users.Skip(AskedFor)];
    }

    private static bool IsDeleting(V1Namespace? ns) => ns?.Metadata.DeletionTimestamp is not null;
}
