using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Admission;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;
using McpOperator.Policy;
using McpOperator.Reconcilers;
using McpOperator.Reconcilers.Versions;

namespace McpOperator.Webhooks.Reviews;

/// <summary>Reviews requests about one kind.</summary>
internal interface IKindReviewer
{
    /// <summary>Group, version and kind.</summary>
    string Kind { get; }

    /// <summary>Whether objects of the kind bear stamps.</summary>
    bool Stamps { get; }

    /// <summary>Decides.</summary>
    Task<Verdict> ReviewAsync(AdmissionRequest request, CancellationToken ct);

    /// <summary>The change that gives an object its stamps, as JSON Patch operations.</summary>
    JsonArray Stamp(AdmissionRequest request);
}

/// <summary>Puts together what the rules about a kind look at, and runs them.</summary>
/// <typeparam name="T">The kind.</typeparam>
/// <param name="policies">The rules.</param>
/// <param name="view">The cluster.</param>
/// <param name="around">Finds what stands around an object.</param>
/// <param name="stamps">The stamps that an object has to have; nothing for a kind without.</param>
/// <param name="key">The key with which decisions are sealed.</param>
/// <param name="configuration">The operator's configuration.</param>
/// <param name="time">The clock.</param>
internal sealed class KindReviewer<T>(
    PolicySet<T> policies,
    ClusterView view,
    Func<Review<T>, V1Namespace?, CancellationToken, Task<ReviewSurroundings>> around,
    Func<Review<T>, IReadOnlyList<(string Annotation, string? Value)>>? stamps,
    IDecisionKey key,
    IOperatorConfiguration configuration,
    TimeProvider time) : IKindReviewer
    where T : KubernetesEntity
{
    /// <inheritdoc/>
    public string Kind { get; } = $"{ResourceType.Of<T>().ApiVersion}/{ResourceType.Of<T>().Kind}";

    /// <inheritdoc/>
    public bool Stamps => stamps is not null;

    /// <inheritdoc/>
    public JsonArray Stamp(AdmissionRequest request) =>
        stamps is null || request.SubResource.Length > 0 || request.Operation == Operation.Delete || ObjectReader.IsBeingDeleted(request) || ObjectReader.Read<T>(request, out _) is not { } item
            ? []
            // Stamps do not hang on the tenant.
            : StampPatch.For(item, stamps(ReviewOf(request, item, "")));

    /// <inheritdoc/>
    public async Task<Verdict> ReviewAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (request.SubResource.Length > 0 || ObjectReader.IsBeingDeleted(request))
        {
            return Verdict.Accepted;
        }

        if (ObjectReader.Read<T>(request, out var problem) is not { } item)
        {
            // What cannot be read has to be deletable all the more.
            return request.Operation == Operation.Delete ? Verdict.Accepted : new([problem!], []);
        }

        await view.WaitAsync(ct);
        var ns = await view.NamespaceAsync(request.Namespace, ct);
        var review = ReviewOf(request, item, Tenants.Of(request.Namespace, ns?.Metadata.Labels));
        if (review.ConcernsSpec || review.Operation == Operation.Delete)
        {
            review = review with { Around = await around(review, ns, ct) };
        }

        if (review is Review<MCPServer> { ConcernsDecision: true })
        {
            review = review with { Around = review.Around with { MayApprove = await view.MayApproveAsync(request, ct) } };
        }

        return policies.Check(review);
    }

    private Review<T> ReviewOf(AdmissionRequest request, T item, string tenant) => new(item, tenant, configuration.Current)
    {
        Old = ObjectReader.ReadOld<T>(request),
        Operation = request.Operation,
        SpecChanged = request.SpecChanged,
        Now = time.GetUtcNow().UtcDateTime,
        Requester = request.User,
        SealKey = key.Current,
    };
}

/// <summary>Reads the objects of a request.</summary>
internal static class ObjectReader
{
    /// <summary>Whether a change concerns an object that is on its way out.</summary>
    public static bool IsBeingDeleted(AdmissionRequest request) =>
        request.Operation == Operation.Update
        && request.New.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
        && metadata.TryGetProperty("deletionTimestamp", out var time) && time.ValueKind == JsonValueKind.String;

    /// <summary>The object as it shall be; nothing, and what is wrong with it, when it is not of its kind.</summary>
    public static T? Read<T>(AdmissionRequest request, out Violation? problem) where T : KubernetesEntity
    {
        problem = null;
        try
        {
            var item = request.New.Deserialize<T>(KubernetesJson.Options);
            // In a request that creates, only the request itself knows the namespace for sure.
            return item is null ? null : item with { Metadata = item.Metadata with { NamespaceProperty = request.Namespace } };
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            var path = (e as JsonException)?.Path?.TrimStart('$').TrimStart('.') ?? "";
            problem = new(path.Length == 0 ? "spec" : path, Reasons.Unreadable, $"cannot be read: {e.Message} Correct the field; `mcp-operator check -f` shows its place in the file.");
            return null;
        }
    }

    /// <summary>The object as it was; nothing when there was none, or none that could be read.</summary>
    public static T? ReadOld<T>(AdmissionRequest request) where T : KubernetesEntity
    {
        try
        {
            return request.Old?.Deserialize<T>(KubernetesJson.Options);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
