using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using McpOperator.Api;
using McpOperator.Kube;
using McpOperator.Objects;

namespace McpOperator.Reconcilers.MCPServers;

/// <summary>
/// The random keys in a server's Secret: <c>key</c> seals session ids, <c>previous</c> sealed them before and <c>next</c> will; all three open
/// them. Pods read a changed Secret at different times, so the key to come is known to all of them long before any seals with it. One that is
/// missing is made, and those that are there have to be sent along: with server-side apply, what we do not send any more is removed.
/// </summary>
[EntityRbac(typeof(V1Secret), Verbs = RbacVerb.Get)]
internal sealed class SessionKey(IKubernetesClient client, IOperatorConfiguration configuration, TimeProvider time) : IChildCompletion
{
    private const string Key = "key";
    private const string Next = "next";
    private const string Previous = "previous";
    private const int Bytes = 32;

    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(12);

    /// <summary>When to look again whether a key is due.</summary>
    public TimeSpan LookAgain => Interval < LongestWait ? Interval : LongestWait;

    private TimeSpan Interval => TimeSpan.FromSeconds(configuration.Current.Proxy.SessionKeySeconds);

    /// <inheritdoc/>
    public string? FirstMissing(KubernetesDocument live)
    {
        var data = live.ToJsonElement().TryGetProperty("data", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
        foreach (var name in new[] { Key, Next })
        {
            if (data.ValueKind != JsonValueKind.Object || !data.TryGetProperty(name, out _))
            {
                return $".data.{name}";
            }
        }

        return MadeAt(live.Annotation(Annotations.SessionKeySince)) is not { } since ? $".metadata.annotations.{Annotations.SessionKeySince}"
            : IsDue(since) ? $".data.{Key}, which is due"
            : null;
    }

    /// <inheritdoc/>
    public async Task<byte[]> CompleteAsync(KubernetesEntity wanted, bool exists, CancellationToken ct)
    {
        var live = exists ? await client.GetAsync<V1Secret>(wanted.Metadata.Name, wanted.Metadata.NamespaceProperty, ct) : null;
        var (key, next, previous) = (Of(live, Key), Of(live, Next) ?? Random(), Of(live, Previous));
        var since = MadeAt(live?.Metadata.Annotations?.GetValueOrDefault(Annotations.SessionKeySince));
        if (key is not null && since is { } known && IsDue(known))
        {
            (previous, key, next, since) = (key, next, Random(), null);
        }

        var data = new Dictionary<string, byte[]> { [Key] = key ?? Random(), [Next] = next };
        if (previous is not null)
        {
            data[Previous] = previous;
        }

        var annotations = new SortedDictionary<string, string>((wanted.Metadata.Annotations ?? new Dictionary<string, string>()).ToDictionary(), StringComparer.Ordinal)
        {
            [Annotations.SessionKeySince] = (key is null || since is null ? time.GetUtcNow() : since.Value).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        };
        return KubernetesJson.SerializeToUtf8Bytes((V1Secret)wanted with { Metadata = wanted.Metadata with { Annotations = annotations }, Data = data });
    }

    private bool IsDue(DateTimeOffset since) => time.GetUtcNow() >= since + Interval;

    private static byte[]? Of(V1Secret? secret, string name) => secret?.Data?.GetValueOrDefault(name) is { Length: > 0 } kept ? kept : null;

    private static byte[] Random() => RandomNumberGenerator.GetBytes(Bytes);

    private static DateTimeOffset? MadeAt(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;
}
