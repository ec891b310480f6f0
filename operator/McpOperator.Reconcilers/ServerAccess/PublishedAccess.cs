using System.Collections.Concurrent;
using McpOperator.Kube;
using McpOperator.Policy;

namespace McpOperator.Reconcilers.ServerAccess;

/// <summary>What one server's proxies are told of grants and sessions at present, as far as this process has seen to it.</summary>
/// <param name="Access">What the objects carry; nothing before they have been written for the first time.</param>
/// <param name="Problem">Why something newer could not be written; nothing when all is well.</param>
/// <param name="At">When that was, by the clock for intervals.</param>
public sealed record Publication(CompiledAccess? Access, string? Problem, long At);

/// <summary>Grants and sessions of one server of which something else is published than before.</summary>
/// <param name="Grants">The grants.</param>
/// <param name="Sessions">The sessions.</param>
public sealed record PublicationChange(IReadOnlyList<NamespacedName> Grants, IReadOnlyList<NamespacedName> Sessions);

/// <summary>
/// Remembers what is published for which server, and tells whose publication changed: the reconcile of a server's access writes, those of
/// grants and sessions report.
/// </summary>
public sealed class PublishedAccess(TimeProvider time)
{
    private readonly ConcurrentDictionary<NamespacedName, Publication> _all = new();

    /// <summary>Raised after something else is published.</summary>
    public event Action<PublicationChange>? Changed;

    /// <summary>What is published for a server; nothing when this process has not looked yet.</summary>
    public Publication? Of(NamespacedName server) => _all.GetValueOrDefault(server);

    /// <summary>How long ago a server's access was looked at.</summary>
    public TimeSpan? AgeOf(NamespacedName server) => Of(server) is { } publication ? time.GetElapsedTime(publication.At) : null;

    internal void Publish(NamespacedName server, CompiledAccess access)
    {
        var before = Of(server);
        _all[server] = new(access, null, time.GetTimestamp());
        Tell(server, before, access);
    }

    internal void Fail(NamespacedName server, string problem)
    {
        var before = Of(server);
        _all[server] = new(before?.Access, problem, time.GetTimestamp());
        if (before?.Problem != problem)
        {
            Tell(server, null, before?.Access);
        }
    }

    internal void Forget(NamespacedName server) => _all.TryRemove(server, out _);

    private void Tell(NamespacedName server, Publication? before, CompiledAccess? after)
    {
        var (old, now) = (before is { Problem: null, Access: { } known } ? known : null, after);
        var change = new PublicationChange(
            Names(Differences(old?.Carried.Grants, now?.Carried.Grants), old?.LeftOut.Grants, now?.LeftOut.Grants),
            Names(Differences(old?.Carried.Sessions, now?.Carried.Sessions), old?.LeftOut.Sessions, now?.LeftOut.Sessions));
        if (change.Grants.Count + change.Sessions.Count > 0)
        {
            Changed?.Invoke(change);
        }

        IReadOnlyList<NamespacedName> Names(IEnumerable<string> carried, IReadOnlySet<string>? leftOutBefore, IReadOnlySet<string>? leftOut) =>
            [.. carried.Concat((leftOut ?? new HashSet<string>()).Except(leftOutBefore ?? new HashSet<string>())).Distinct().Select(name => new NamespacedName(server.Namespace, name))];
    }

    private static IEnumerable<string> Differences(IReadOnlyDictionary<string, long?>? before, IReadOnlyDictionary<string, long?>? after)
    {
        foreach (var (name, generation) in after ?? new Dictionary<string, long?>())
        {
            if (before is null || !before.TryGetValue(name, out var known) || known != generation)
            {
                yield return name;
            }
        }

        foreach (var name in before?.Keys.Where(name => after?.ContainsKey(name) != true) ?? [])
        {
            yield return name;
        }
    }
}
