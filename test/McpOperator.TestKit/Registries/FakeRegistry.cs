using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace McpOperator.TestKit;

/// <summary>A registry in this process that can misbehave. It keeps what it is given and writes down what it is asked.</summary>
public sealed class FakeRegistry : IAsyncDisposable
{
    public const string Repository = "team/server";
    private readonly LocalServer _server;

    /// <param name="certificate">With it the registry speaks https.</param>
    public FakeRegistry(X509Certificate2? certificate = null)
    {
        _server = LocalServer.StartAsync(AnswerAsync, certificate: certificate).GetAwaiter().GetResult();
    }

    public string Host => _server.Address.Authority;

    public ConcurrentQueue<(string Path, string? Authorization)> Requests { get; } = new();

    /// <summary>Manifests by tag or digest, and blobs by digest.</summary>
    public ConcurrentDictionary<string, byte[]> Content { get; } = new();

    /// <summary>What refers to a digest; without any the registry has no referrers API.</summary>
    public Dictionary<string, List<string>>? Referrers { get; set; }

    public int PageSize { get; set; } = 100;

    /// <summary>Comes first; true when it has answered.</summary>
    public Func<HttpContext, Task<bool>>? Misbehave { get; set; }

    public static string DigestOf(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    public string Put(byte[] content)
    {
        Content[DigestOf(content)] = content;
        return DigestOf(content);
    }

    public string Put(object json, string? tag = null)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(json);
        if (tag is not null)
        {
            Content[tag] = content;
        }

        return Put(content);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        Requests.Enqueue((context.Request.Path, context.Request.Headers.Authorization));
        if (Misbehave is not null && await Misbehave(context))
        {
            return;
        }

        var path = context.Request.Path.Value!;
        var last = path[(path.LastIndexOf('/') + 1)..];
        if (path.Contains("/referrers/", StringComparison.Ordinal) && Referrers is not null)
        {
            await AnswerReferrersAsync(context, Referrers.GetValueOrDefault(last) ?? []);
        }
        else if (path.StartsWith($"/v2/{Repository}/", StringComparison.Ordinal) && !path.Contains("/referrers/", StringComparison.Ordinal) && Content.TryGetValue(last, out var content))
        {
            context.Response.ContentType = "application/vnd.oci.image.manifest.v1+json";
            await context.Response.Body.WriteAsync(content);
        }
        else
        {
            context.Response.StatusCode = 404;
            await context.Response.WriteAsync("{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\"}]}", Encoding.UTF8);
        }
    }

    private Task AnswerReferrersAsync(HttpContext context, List<string> referrers)
    {
        var from = int.TryParse(context.Request.Query["from"], out var n) ? n : 0;
        if (from + PageSize < referrers.Count)
        {
            context.Response.Headers.Link = $"<{context.Request.Path}?from={from + PageSize}>; rel=\"next\"";
        }

        context.Response.ContentType = "application/vnd.oci.image.index.v1+json";
        return context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(Signing.Index(referrers.Skip(from).Take(PageSize)))).AsTask();
    }
}
