using System.Text.Json;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;
using McpOperator.Generators;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Reconcilers;

/// <summary>Adds to a child what a pure generator cannot make, such as a random key.</summary>
public interface IChildCompletion
{
    /// <summary>What the child lacks of it, such as <c>.data.key</c>; nothing when it is complete.</summary>
    string? FirstMissing(KubernetesDocument live);

    /// <summary>The child as it is written, in UTF-8 JSON.</summary>
    /// <param name="wanted">The child as it was generated.</param>
    /// <param name="exists">Whether it is written over an older one.</param>
    /// <param name="ct">Stops waiting.</param>
    Task<byte[]> CompleteAsync(KubernetesEntity wanted, bool exists, CancellationToken ct);
}

/// <summary>
/// Makes the cluster have a child: creates, changes, deletes or leaves it, with one field manager. Never touches an object that is not
/// ours. Steady state reads memory only and writes nothing.
/// </summary>
[EntityRbac(
    typeof(V1ServiceAccount), typeof(V1Role), typeof(V1RoleBinding), typeof(V1ConfigMap), typeof(V1Secret), typeof(V1NetworkPolicy), typeof(V1Deployment),
    typeof(V1Service), typeof(V1ControllerRevision), typeof(KnativeService), typeof(V1ServiceMonitor),
    Verbs = RbacVerb.Get | RbacVerb.Create | RbacVerb.Patch)]
// What a server may want no more while it lives; the other kinds go with their owner. Secrets: see ClientSecrets.
[EntityRbac(
    typeof(V1ConfigMap), typeof(V1Deployment), typeof(V1Service), typeof(V1ControllerRevision), typeof(KnativeService), typeof(V1ServiceMonitor),
    Verbs = RbacVerb.Delete)]
// Not asked for by every API server: OpenShift's wants it of whoever names an owner with blockOwnerDeletion.
[EntityRbac(typeof(MCPServer), Subresource = "finalizers", Verbs = RbacVerb.Update)]
public sealed class ChildApplier(IKubernetesClient client, IReadOnlyDictionary<ResourceType, ChildCache> caches)
{
    /// <summary>Applies one child of <paramref name="owner"/>.</summary>
    /// <param name="owner">The parent.</param>
    /// <param name="child">What should stand there.</param>
    /// <param name="complete">What is added just before it is written; mostly nothing.</param>
    /// <param name="ct">Stops waiting.</param>
    /// <exception cref="KubernetesException">The API server failed or asked for patience; the whole reconcile is to be tried again.</exception>
    public async Task<ChildOutcome> ApplyAsync(KubernetesEntity owner, Child child, IChildCompletion? complete, CancellationToken ct)
    {
        try
        {
            return await TryApplyAsync(owner, child, complete, ct);
        }
        catch (KubernetesException e) when (e.IsInvalid || e.IsForbidden || e.IsNotFound)
        {
            return new ChildOutcome(child.Type, child.Name, ChildState.Failed, e.Message);
        }
    }

    private async Task<ChildOutcome> TryApplyAsync(KubernetesEntity owner, Child child, IChildCompletion? complete, CancellationToken ct)
    {
        var cache = caches[child.Type];
        var key = new NamespacedName(owner.Metadata.NamespaceProperty ?? "", child.Name);
        if (!cache.IsServed)
        {
            return child.Desired is null ? Outcome(ChildState.Unchanged) : Outcome(ChildState.KindMissing, $"The cluster does not serve {child.Type}.");
        }

        var seen = cache.Get(key);
        if (child.Seal() is not { } wanted)
        {
            return seen is null ? Outcome(ChildState.Unchanged) : await DeleteAsync(seen);
        }

        if (cache.IsOnItsWay(key, wanted.Hash, seen))
        {
            return Outcome(ChildState.Unchanged);
        }

        if (seen is null && await TryCreateAsync())
        {
            return Outcome(ChildState.Created);
        }

        // The cache holds objects with our label only: what stands there unseen is somebody else's, or ours without its label.
        var live = seen ?? await client.GetAsync(child.Type, key.Namespace, key.Name, ItemDecoders.Document(), ct)
            ?? throw new KubernetesException(409, new V1Status { Reason = "Conflict", Message = "it went while it was looked at" }, $"create {child.Type} {key}");
        if (!IsOwned(live))
        {
            return Outcome(ChildState.NotOwned, NotOwned(live), live);
        }

        var sameIntent = live.Annotation(Annotations.AppliedHash) == wanted.Hash;
        var missing = sameIntent ? complete?.FirstMissing(live) : null;
        var difference = sameIntent ? Difference(wanted, live) ?? missing : null;
        if (sameIntent && (difference is null || (missing is null && cache.IsAsCorrected(live))))
        {
            return Outcome(ChildState.Unchanged, live: live);
        }

        return await WriteAsync();

        Task<byte[]> ManifestAsync(bool exists) =>
            complete is null ? Task.FromResult(KubernetesJson.SerializeToUtf8Bytes(wanted.Manifest)) : complete.CompleteAsync(wanted.Manifest, exists, ct);

        async Task<bool> TryCreateAsync()
        {
            var manifest = await ManifestAsync(exists: false);
            try
            {
                cache.Begin(key);
                var created = await client.CreateAsync(child.Type, key.Namespace, key.Name, manifest, Labels.Manager, ct);
                cache.Remember(key, wanted.Hash, created.ResourceVersion);
                return true;
            }
            catch (KubernetesException e) when (e.IsAlreadyExists)
            {
                return false;
            }
        }

        async Task<ChildOutcome> WriteAsync()
        {
            var manifest = await ManifestAsync(exists: true);
            var raw = await client.GetAsync(child.Type, key.Namespace, key.Name, RawDecoder, ct);
            var ownership = raw is null ? null
                : sameIntent ? FieldOwnership.TakeAll(raw.Json, Labels.Manager) : FieldOwnership.TakeOver(raw.Json, Labels.Manager);
            if (ownership is not null)
            {
                await client.PatchAsync(child.Type, key.Namespace, key.Name, ownership, ct: ct);
            }

            cache.Begin(key);
            var applied = await client.ApplyAsync(
                child.Type, key.Namespace, key.Name, manifest, Labels.Manager, force: true, ct);
            cache.Remember(key, wanted.Hash, applied.ResourceVersion);
            if (sameIntent)
            {
                cache.RememberCorrected(key, applied.ResourceVersion);
            }

            return Outcome(sameIntent ? ChildState.Corrected : ChildState.Updated, difference ?? "", live);
        }

        async Task<ChildOutcome> DeleteAsync(KubernetesDocument unwanted)
        {
            if (!IsOwned(unwanted))
            {
                return Outcome(ChildState.Unchanged);
            }

            if (!unwanted.IsDeleting)
            {
                await client.DeleteAsync(child.Type, key.Namespace, key.Name, new V1DeleteOptions { Uid = unwanted.Uid, PropagationPolicy = "Background" }, ct);
            }

            return Outcome(ChildState.Deleted);
        }

        bool IsOwned(KubernetesDocument document) => document.Controller is { } controller && controller.Uid == owner.Metadata.Uid;

        string NotOwned(KubernetesDocument foreign)
        {
            var by = foreign.Controller is { } controller ? $"controlled by {controller.Kind} {controller.Name}" : "not controlled by this server";
            return $"{child.Type.Kind} {key.Name} exists and is {by}; it is left alone. Delete or rename it, or give this server another name.";
        }

        ChildOutcome Outcome(ChildState outcome, string message = "", KubernetesDocument? live = null) => new(child.Type, child.Name, outcome, message, live);
    }

    private static string? Difference(SealedChild wanted, KubernetesDocument live) =>
        LiveMatch.FirstDifference(JsonSerializer.SerializeToElement(wanted.Manifest, wanted.Manifest.GetType(), KubernetesJson.Options), live.ToJsonElement());

    internal static Raw RawDecoder(in ObjectHeader header, ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        return new Raw(JsonElement.ParseValue(ref reader));
    }

    internal sealed record Raw(JsonElement Json);
}
