using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Api.V1Alpha1;
using McpOperator.Cli.Doctor.Checks;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Cli.Backup;

/// <summary>
/// Puts a backup into a cluster in which no operator works yet: an operator would take a server that comes without its history for a new one.
/// What is there already is left alone; a restore that broke off goes on where it was.
/// </summary>
/// <param name="client">As somebody who may write all of it, status included.</param>
/// <param name="withSessions">Whether sessions come back that were not revoked when the backup was made.</param>
/// <param name="now">The time against which sessions' ends are held.</param>
/// <param name="say">Gets a line for each thing that is done or left.</param>
internal sealed class Restorer(IKubernetesClient client, bool withSessions, DateTime now, Action<string> say)
{
    /// <summary>Whether something was left because it is there in another form.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>Why nothing may be restored now; nothing when it may.</summary>
    /// <param name="ns">Where the operator is, or will be, installed.</param>
    /// <param name="ct">Stops looking.</param>
    public async Task<string?> ObstacleAsync(string ns, CancellationToken ct)
    {
        var lease = (await client.GetAsync<V1Lease>(OperatorRuns.Lease, ns, ct))?.Spec;
        if (!string.IsNullOrEmpty(lease?.HolderIdentity) && lease.RenewTime is { } renewed && now - renewed.ToUniversalTime() < OperatorRuns.PatienceWith(lease))
        {
            return $"An operator works in this cluster ({lease.HolderIdentity} holds the lease {ns}/{OperatorRuns.Lease}): it would take restored servers for new ones and let their first version serve. Restore before it is installed, or scale it to zero first; of one that was lost, delete the lease.";
        }

        foreach (var type in (ResourceType[])[WebhooksAnswer.Validating, WebhooksAnswer.Mutating])
        {
            if (await client.GetAsync(type, null, WebhooksAnswer.Configuration, static (in ObjectHeader _, ReadOnlySpan<byte> utf8) => JsonNode.Parse(utf8)!.AsObject(), ct) is not null)
            {
                return $"There is a {type.Kind} {WebhooksAnswer.Configuration}, and no operator to answer it: nothing gets in. Restore before the operator is installed, or delete that configuration; installing brings it back.";
            }
        }

        return null;
    }

    /// <summary>Restores.</summary>
    public async Task RunAsync(BackupContent content, CancellationToken ct)
    {
        foreach (var ns in content.Namespaces)
        {
            await MakeAsync(ns, static (_, _) => true, ct);
        }

        foreach (var config in content.ToolConfigs)
        {
            await MakeAsync(config, static (there, ours) => AreSame(there.Spec, ours.Spec), ct);
        }

        foreach (var server in content.Servers)
        {
            await RestoreAsync(server, content.Versions, ct);
        }

        foreach (var grant in content.Grants)
        {
            await MakeAsync(grant, static (there, ours) => AreSame(there.Spec, ours.Spec), ct);
        }

        foreach (var session in content.Sessions)
        {
            if (session.Spec.ExpiresAt <= now)
            {
                say($"left: {Named(session)} has ended");
            }
            else if (!session.Spec.Revoked && !withSessions)
            {
                say($"left: {Named(session)} may have been revoked since the backup (--sessions brings it back)");
            }
            else
            {
                await MakeAsync(session, static (there, ours) => AreSame(there.Spec, ours.Spec), ct);
            }
        }
    }

    private async Task RestoreAsync(MCPServer server, IReadOnlyList<V1ControllerRevision> versions, CancellationToken ct)
    {
        var made = await MakeAsync(server with { Status = new() }, static (there, ours) => AreSame(there.Spec, ours.Spec), ct);
        if (made is null || server.Status.History is null)
        {
            return;
        }

        if (made.Status.History is not null)
        {
            say($"there:    {Named(server)} has a history already");
            return;
        }

        foreach (var (hash, version) in BackupContent.HashesOf(server).Select(h => (h, BackupContent.Find(versions, server, h))))
        {
            if (version is null)
            {
                say($"left: {Named(server)}: no content of the version {hash[..12]}, or not the one that its hash promises; going back to it needs a new approval");
                continue;
            }

            await MakeAsync(version with { Metadata = version.Metadata with { OwnerReferences = [OwnerOf(made)] } }, static (_, _) => true, ct);
        }

        // Last, so that a restore that breaks off before it is gone through again.
        await client.UpdateStatusAsync(made with { Status = server.Status }, ct);
        say($"restored: {Named(server)}'s history, {server.Status.History.Count} versions{(server.Status.Pending is { } pending ? $"; version {pending.Version} waits" : "")}");
    }

    /// <summary>Makes an object that is not there.</summary>
    /// <returns>It, or the one that is there if it is the same; nothing when another one is.</returns>
    private async Task<T?> MakeAsync<T>(T wanted, Func<T, T, bool> isSame, CancellationToken ct) where T : KubernetesEntity
    {
        try
        {
            var made = await client.CreateAsync(wanted, ct);
            say($"restored: {Named(wanted)}");
            return made;
        }
        catch (KubernetesException e) when (e.IsAlreadyExists)
        {
            var there = await client.GetAsync<T>(wanted.Metadata.Name, wanted.Metadata.NamespaceProperty, ct);
            var same = there is not null && isSame(there, wanted);
            say(same ? $"there:    {Named(wanted)}" : $"left: {Named(wanted)} is there, and other than in the backup");
            HasLeft |= !same;
            return same ? there : null;
        }
    }

    private static bool AreSame<T>(T one, T other) => JsonNode.DeepEquals(JsonSerializer.SerializeToNode(one, KubernetesJson.Options), JsonSerializer.SerializeToNode(other, KubernetesJson.Options));

    private static V1OwnerReference OwnerOf(MCPServer server) => new()
    {
        ApiVersion = server.ApiVersion,
        Kind = server.Kind,
        Name = server.Metadata.Name,
        Uid = server.Metadata.Uid!,
        Controller = true,
        BlockOwnerDeletion = true,
    };

    private static string Named(KubernetesEntity entity) => entity.Metadata.NamespaceProperty is { } ns ? $"{entity.Kind} {ns}/{entity.Metadata.Name}" : $"{entity.Kind} {entity.Metadata.Name}";
}
