using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using McpOperator.Objects;

namespace McpOperator.TestKit;

/// <summary>What the API server said to a request.</summary>
/// <param name="Code">The HTTP status.</param>
/// <param name="Body">The object, the list or the <c>Status</c>.</param>
/// <param name="Text">The same as it came.</param>
public sealed record KubeAnswer(HttpStatusCode Code, JsonObject Body, string Text)
{
    /// <summary>What the API server adds to an answer that it gives all the same.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    public bool IsGood => (int)Code is >= 200 and < 300;

    public override string ToString() => $"HTTP {(int)Code}: {Text}";
}

/// <summary>The API server refused.</summary>
public sealed class KubeRefusedException(string request, KubeAnswer answer) : Exception($"{request}: {answer}");

/// <summary>
/// The API server as a user sees it: plain requests and JSON trees. Tests look at the cluster through this and not through the operator's
/// own client, so that they do not share its mistakes. Knows client certificates and tokens, no credential plugins.
/// </summary>
public sealed class KubeApi : IDisposable
{
    /// <summary>What the API server's logs call us.</summary>
    public const string UserAgent = "mcp-tests";

    private readonly HttpClient _http;

    private readonly string? _user;

    private KubeApi(HttpClient http, Uri server, string? user = null) => (_http, Server, _user) = (http, server, user);

    public Uri Server { get; }

    /// <summary>Connects as a kubeconfig's current context says.</summary>
    public static KubeApi FromKubeconfig(string path)
    {
        var file = YamlJson.ReadAll(path)[0]!;
        var context = Named(file["contexts"], (string?)file["current-context"])["context"]!;
        var cluster = Named(file["clusters"], (string?)context["cluster"])["cluster"]!;
        var user = Named(file["users"], (string?)context["user"])["user"]!;
        var handler = new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 32 };
        if (Pem(path, cluster, "certificate-authority") is { } authorities)
        {
            var trusted = new X509Certificate2Collection();
            trusted.ImportFromPem(authorities);
            handler.SslOptions.CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(trusted);
        }

        if (Pem(path, user, "client-certificate") is { } certificate)
        {
            handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPem(certificate, Pem(path, user, "client-key")!)];
        }

        var server = new Uri((string)cluster["server"]!);
        var http = new HttpClient(handler) { BaseAddress = server, Timeout = TimeSpan.FromSeconds(30) };
        http.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", UserAgent);
        if ((string?)user["token"] is { } token)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return new KubeApi(http, server);
    }

    /// <summary>The API server as somebody else sees it, by impersonation. Lives as long as this one.</summary>
    public KubeApi As(string user) => new(_http, Server, user);

    /// <summary>A resource's path.</summary>
    public static string Path(ResourceType type, string? ns, string? name = null, string? subresource = null)
    {
        var path = new StringBuilder(type.Group.Length == 0 ? $"/api/{type.Version}" : $"/apis/{type.Group}/{type.Version}");
        foreach (var part in (string?[])[ns is null ? null : "namespaces/" + ns, type.Plural, name, subresource])
        {
            path.Append(part is null ? "" : "/" + part);
        }

        return path.ToString();
    }

    /// <summary>Sends a request; whatever the answer, it is returned.</summary>
    public async Task<KubeAnswer> SendAsync(HttpMethod method, string path, JsonNode? body = null, string contentType = "application/json")
    {
        using var message = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            message.Content = new StringContent(body.ToJsonString(KubernetesJson.Options), Encoding.UTF8, contentType);
            message.Content.Headers.ContentType!.CharSet = null;
        }

        if (_user is not null)
        {
            message.Headers.Add("Impersonate-User", _user);
            message.Headers.Add("Impersonate-Group", "system:authenticated");
        }

        using var response = await _http.SendAsync(message);
        var text = await response.Content.ReadAsStringAsync();
        // A pod's log is plain text, whatever it begins with.
        return new(response.StatusCode, response.Content.Headers.ContentType?.MediaType == "application/json" ? JsonNode.Parse(text)!.AsObject() : [], text)
        {
            // RFC 7234: code, agent, and the text in quotes.
            Warnings = [.. response.Headers.Warning.Select(w => w.Text.Trim('"'))],
        };
    }

    /// <summary>Reads an object; null when it is not there.</summary>
    public async Task<JsonObject?> FindAsync(ResourceType type, string? ns, string name)
    {
        var answer = await SendAsync(HttpMethod.Get, Path(type, ns, name));
        return answer.Code == HttpStatusCode.NotFound ? null : Checked($"GET {type} {ns}/{name}", answer);
    }

    /// <summary>Reads an object that has to be there.</summary>
    public async Task<JsonObject> GetAsync(ResourceType type, string? ns, string name) =>
        Checked($"GET {type} {ns}/{name}", await SendAsync(HttpMethod.Get, Path(type, ns, name)));

    /// <summary>Lists objects.</summary>
    public async Task<IReadOnlyList<JsonObject>> ListAsync(ResourceType type, string? ns = null, string? labels = null)
    {
        var answer = await SendAsync(HttpMethod.Get, Path(type, ns) + (labels is null ? "" : "?labelSelector=" + Uri.EscapeDataString(labels)));
        return answer.Code == HttpStatusCode.NotFound ? [] : [.. Checked($"LIST {type} {ns}", answer)["items"]!.AsArray().Select(i => i!.AsObject())];
    }

    /// <summary>Creates an object.</summary>
    public async Task<JsonObject> CreateAsync(ResourceType type, string? ns, JsonObject manifest) =>
        Checked($"POST {type} {ns}/{manifest["metadata"]?["name"]}", await SendAsync(HttpMethod.Post, Path(type, ns), manifest));

    /// <summary>Changes the fields that <paramref name="patch"/> names; null removes.</summary>
    public async Task<JsonObject> MergeAsync(ResourceType type, string? ns, string name, JsonNode patch, string? subresource = null) => Checked(
        $"PATCH {type} {ns}/{name}/{subresource}",
        await SendAsync(HttpMethod.Patch, Path(type, ns, name, subresource), patch, "application/merge-patch+json"));

    /// <summary>Server-side apply of an object of any kind that the API server knows.</summary>
    public async Task<JsonObject> ApplyAsync(JsonObject manifest, string manager = UserAgent, bool force = true)
    {
        var (apiVersion, kind, name) = ((string)manifest["apiVersion"]!, (string)manifest["kind"]!, (string)manifest["metadata"]!["name"]!);
        var type = await ResourceAsync(apiVersion, kind);
        var ns = type.Namespaced ? (string?)manifest["metadata"]!["namespace"] ?? "default" : null;
        return Checked(
            $"APPLY {kind} {ns}/{name}",
            await SendAsync(HttpMethod.Patch, $"{Path(type, ns, name)}?fieldManager={manager}&force={(force ? "true" : "false")}", manifest, "application/apply-patch+yaml"));
    }

    /// <summary>The resource of a kind, as the API server tells it.</summary>
    public async Task<ResourceType> ResourceAsync(string apiVersion, string kind)
    {
        var path = apiVersion.Contains('/', StringComparison.Ordinal) ? $"/apis/{apiVersion}" : $"/api/{apiVersion}";
        var resource = Checked($"GET {path}", await SendAsync(HttpMethod.Get, path))["resources"]!.AsArray()
            .FirstOrDefault(r => (string?)r!["kind"] == kind && !((string)r["name"]!).Contains('/', StringComparison.Ordinal))
            ?? throw new NotSupportedException($"the API server has no {kind} in {apiVersion}");
        var (group, version) = apiVersion.Split('/') is [var g, var v] ? (g, v) : ("", apiVersion);
        return new(group, version, kind, (string)resource["name"]!, (bool)resource["namespaced"]!);
    }

    /// <summary>Deletes an object; false when it was not there.</summary>
    public async Task<bool> DeleteAsync(ResourceType type, string? ns, string name)
    {
        var answer = await SendAsync(HttpMethod.Delete, Path(type, ns, name), new JsonObject { ["propagationPolicy"] = "Background" });
        return answer.Code != HttpStatusCode.NotFound && Checked($"DELETE {type} {ns}/{name}", answer) is not null;
    }

    public void Dispose() => _http.Dispose();

    private static JsonObject Checked(string request, KubeAnswer answer) => answer.IsGood ? answer.Body : throw new KubeRefusedException(request, answer);

    private static JsonNode Named(JsonNode? list, string? name) => list!.AsArray().First(e => (string?)e!["name"] == name)!;

    private static string? Pem(string kubeconfig, JsonNode section, string field) =>
        (string?)section[field + "-data"] is { } data ? Encoding.ASCII.GetString(Convert.FromBase64String(data))
        : (string?)section[field] is { } file ? File.ReadAllText(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(kubeconfig)!, file))
        : null;
}
