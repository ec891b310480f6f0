using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace McpOperator.Proxy.Policies;

/// <summary>
/// Watches one ConfigMap, so that a change is in force within a second or two and not when the kubelet next looks. Reads it, watches from
/// there, and goes on from the last version seen; one that is too old (410) is read anew.
/// </summary>
internal abstract class ConfigMapWatch(ClusterAccess cluster, string ns, TimeProvider time, ILogger log) : BackgroundService
{
    /// <summary>The API server ends a watch by itself after this many seconds.</summary>
    private const int WatchSeconds = 240;

    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private volatile bool _isWatching;

    /// <summary>Whether the API server tells us of changes.</summary>
    public bool IsWatching => _isWatching;

    /// <summary>The namespace.</summary>
    protected string Namespace => ns;

    /// <summary>The clock.</summary>
    protected TimeProvider Time => time;

    private string Collection => $"/api/v1/namespaces/{Uri.EscapeDataString(ns)}/configmaps";

    /// <summary>The ConfigMap's name; may wait until it is known.</summary>
    protected abstract ValueTask<string> NameAsync(CancellationToken ct);

    /// <summary>Takes what was read, first and after each change.</summary>
    protected abstract ValueTask TakeAsync(HttpClient client, JsonElement configMap, CancellationToken ct);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var name = await NameAsync(stoppingToken);
        var pause = FirstPause;
        var said = "";
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var client = cluster.Connect();
                var version = await ReadAsync(client, name, stoppingToken);
                (pause, said, _isWatching) = (FirstPause, "", true);
                while (version is not null)
                {
                    version = await WatchAsync(client, name, version, stoppingToken);
                }

                continue;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or JsonException or UnauthorizedAccessException or OperationCanceledException or System.Security.Cryptography.CryptographicException)
            {
                _isWatching = false;
                if (stoppingToken.IsCancellationRequested)
                {
                    return;
                }

                if (said != e.Message)
                {
                    log.LogWarning("ConfigMap {Namespace}/{Name} cannot be read; trying again: {Problem}", ns, name, said = e.Message);
                }
            }

            await Task.Delay(pause, time, stoppingToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>Reads a ConfigMap.</summary>
    protected async Task<JsonDocument> GetAsync(HttpClient client, string name, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(ReadTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        using var response = await SendAsync(client, $"{Collection}/{Uri.EscapeDataString(name)}", both.Token);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync(both.Token);
        return await JsonDocument.ParseAsync(body, default, both.Token);
    }

    /// <summary>A key's text in a ConfigMap; nothing when it has none.</summary>
    protected static string? TextOf(JsonElement configMap, string key) =>
        configMap.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object && data.TryGetProperty(key, out var text) ? text.GetString() : null;

    /// <returns>The version from which to watch.</returns>
    private async Task<string?> ReadAsync(HttpClient client, string name, CancellationToken ct)
    {
        using var document = await GetAsync(client, name, ct);
        await TakeAsync(client, document.RootElement, ct);
        return VersionOf(document.RootElement);
    }

    /// <summary>Watches until the API server ends it.</summary>
    /// <returns>The version from which to go on; nothing when the object has to be read anew.</returns>
    private async Task<string?> WatchAsync(HttpClient client, string name, string version, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(WatchSeconds + 30), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        var query = $"?watch=true&allowWatchBookmarks=true&timeoutSeconds={WatchSeconds}&fieldSelector=metadata.name%3D{Uri.EscapeDataString(name)}&resourceVersion={Uri.EscapeDataString(version)}";
        using var response = await SendAsync(client, Collection + query, both.Token);
        if (response.StatusCode == HttpStatusCode.Gone)
        {
            return null;
        }

        response.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(both.Token));
        while (await lines.ReadLineAsync(both.Token) is { } line)
        {
            using var document = JsonDocument.Parse(line);
            var (type, item) = (document.RootElement.GetProperty("type").GetString(), document.RootElement.GetProperty("object"));
            switch (type)
            {
                case "ADDED" or "MODIFIED":
                    await TakeAsync(client, item, both.Token);
                    version = VersionOf(item) ?? version;
                    break;
                case "BOOKMARK" or "DELETED":
                    // What is deleted stays in force here: the server is going away, or the operator is about to write it anew.
                    version = VersionOf(item) ?? version;
                    break;
                default:
                    return null;
            }
        }

        return version;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpClient client, string path, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        // Read each time: Kubernetes renews it.
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(cluster.TokenFile, ct)).Trim());
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
    }

    private static string? VersionOf(JsonElement item) =>
        item.TryGetProperty("metadata", out var metadata) && metadata.TryGetProperty("resourceVersion", out var version) ? version.GetString() : null;
}
