using System.Collections.Concurrent;
using McpOperator.Api;
using McpOperator.Kube;
using McpOperator.Objects;
using ByTemplate = System.Collections.Generic.IReadOnlyDictionary<string, System.Collections.Generic.IReadOnlyDictionary<string, string>>;

namespace McpOperator.Reconcilers.Versions;

/// <summary>
/// Asks the proxies of running servers now and then which tools they withhold, so that it stands in the server's status and in an event, and
/// not only in metrics. Passes over servers read it here: a pod that does not answer costs them nothing.
/// </summary>
/// <param name="pods">The servers' pods.</param>
/// <param name="surfaces">Asks one.</param>
/// <param name="time">The clock for waits.</param>
public sealed class DriftWatch(ILister<KubernetesDocument> pods, IObservedSurfaces surfaces, TimeProvider time)
{
    private const int AtOnce = 16;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private static readonly IReadOnlyDictionary<string, string> Nothing = new Dictionary<string, string>();
    private static readonly ByTemplate NoTemplates = new Dictionary<string, IReadOnlyDictionary<string, string>>();

    private IReadOnlyDictionary<NamespacedName, Told> _told = new Dictionary<NamespacedName, Told>();
    private volatile IReadOnlyDictionary<NamespacedName, ByTemplate> _found = new Dictionary<NamespacedName, ByTemplate>();

    /// <summary>Raised when there is something else to say about a server.</summary>
    public event Action<NamespacedName>? Changed;

    /// <summary>Which tools the pods of each template of a server withhold, with what differs. Templates without any are left out.</summary>
    public ByTemplate Of(NamespacedName server) =>
        _found.GetValueOrDefault(server) ?? NoTemplates;

    /// <summary>Looks again and again until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            await LookAsync(ct);
            await Task.Delay(Pause, time, ct);
        }
    }

    /// <summary>Asks every pod once.</summary>
    internal async Task LookAsync(CancellationToken ct)
    {
        var told = new ConcurrentDictionary<NamespacedName, Told>();
        await Parallel.ForEachAsync(pods.List(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (document, stop) =>
        {
            var pod = document.Deserialize<V1Pod>();
            if (document.Label(Labels.Server) is { } server && pod is { Metadata.DeletionTimestamp: null, Status.PodIP: not null }
                && pod.Status.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true)
            {
                var key = new NamespacedName(document.Namespace, document.Name);
                // Silence takes nothing back.
                told[key] = new(
                    new(document.Namespace, server), document.Label(Labels.Template) ?? "",
                    await surfaces.FindAsync(pod, stop) is { } report ? report.Withheld ?? Nothing : _told.GetValueOrDefault(key)?.Withheld ?? Nothing);
            }
        });
        _told = told;
        var (before, after) = (_found, Found(told.Values));
        _found = after;
        foreach (var server in before.Keys.Union(after.Keys).Where(server => TextOf(before.GetValueOrDefault(server)) != TextOf(after.GetValueOrDefault(server))))
        {
            Changed?.Invoke(server);
        }
    }

    private static Dictionary<NamespacedName, ByTemplate> Found(IEnumerable<Told> told) => told
        .Where(pod => pod.Withheld.Count > 0)
        .GroupBy(pod => pod.Server)
        .ToDictionary(
            server => server.Key,
            server => (ByTemplate)server.GroupBy(pod => pod.Template).ToDictionary(
                template => template.Key,
                template => (IReadOnlyDictionary<string, string>)template.SelectMany(pod => pod.Withheld).GroupBy(tool => tool.Key)
                    .ToDictionary(tool => tool.Key, tool => tool.Select(t => t.Value).Order(StringComparer.Ordinal).First())));

    private static string? TextOf(ByTemplate? found) => found is null ? null : string.Join('\n', found
        .SelectMany(template => template.Value.Select(tool => $"{template.Key} {tool.Key} {tool.Value}")).Order(StringComparer.Ordinal));

    private sealed record Told(NamespacedName Server, string Template, IReadOnlyDictionary<string, string> Withheld);
}
