using System.Security.Cryptography;
using McpOperator.Api;
using McpOperator.Kube;
using McpOperator.Objects;
using McpOperator.Reconcilers.Versions;
using Microsoft.Extensions.Logging;

namespace McpOperator.Webhooks;

/// <summary>
/// The key with which admission seals decisions: a Secret in the operator's own namespace, made once, the same for all replicas. Taking the
/// Secret away makes decisions that are not applied yet worthless, and nothing else; a restarted operator makes another one.
/// </summary>
[EntityRbac(typeof(V1Secret), Verbs = RbacVerb.Create, Scope = RbacScope.Own)]
[EntityRbac(typeof(V1Secret), Name = WebhookOptions.DefaultService + Suffix, Verbs = RbacVerb.Get | RbacVerb.Update, Scope = RbacScope.Own)]
public sealed class DecisionKey(IKubernetesClient client, NamespacedName service, TimeProvider time, ILogger log) : IDecisionKey
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private const string Suffix = "-decisions";
    private const string Key = "key";
    private const int Bytes = 32;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? Current { get; private set; }

    /// <summary>The name of the Secret beside the one with the webhooks' certificates.</summary>
    public static NamespacedName SecretOf(NamespacedName service) => new(service.Namespace, service.Name + Suffix);

    /// <summary>Reads the key, or makes it; tries until it has one. Without it no decision is accepted.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (Current is null && !ct.IsCancellationRequested)
        {
            try
            {
                await LoadAsync(ct);
            }
            catch (Exception e) when (e is KubernetesException or KubernetesConnectionException)
            {
                log.LogWarning("Cannot read the key of decisions, tries again: {Problem}", e.Message);
                await Task.Delay(Pause, time, ct).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task LoadAsync(CancellationToken ct)
    {
        var name = SecretOf(service);
        while (Current is null)
        {
            if (await client.GetAsync<V1Secret>(name.Name, name.Namespace, ct) is { } secret)
            {
                if (secret.Data?.GetValueOrDefault(Key) is { Length: Bytes } key)
                {
                    Current = key;
                    return;
                }

                // The chart makes it empty, so that it goes with the release.
                if (secret.Data is null or { Count: 0 })
                {
                    await WriteAsync(() => client.UpdateAsync(secret with { Data = NewKey() }, ct));
                    continue;
                }

                log.LogError("Secret {Secret} has no {Key} of {Bytes} bytes: no decision is accepted. Delete it, and the operator makes another one.", name, Key, Bytes);
                await Task.Delay(Pause * 10, time, ct);
                continue;
            }

            await WriteAsync(() => client.CreateAsync(
                new V1Secret
                {
                    Metadata = new() { Name = name.Name, NamespaceProperty = name.Namespace, Labels = new Dictionary<string, string> { [Labels.ManagedBy] = Labels.Manager } },
                    Data = NewKey(),
                },
                ct));
        }
    }

    private static Dictionary<string, byte[]> NewKey() => new() { [Key] = RandomNumberGenerator.GetBytes(Bytes) };

    private static async Task WriteAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (KubernetesException e) when (e.IsAlreadyExists || e.IsConflict)
        {
            // Another replica was quicker: theirs it is.
        }
    }
}
