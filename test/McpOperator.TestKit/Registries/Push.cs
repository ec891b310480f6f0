using System.Net.Http.Headers;
using System.Text.Json;

namespace McpOperator.TestKit;

/// <summary>Pushes to a real registry what cosign would push.</summary>
public sealed class Push(string host, string repository) : IDisposable
{
    private readonly HttpClient _client = new();
    private readonly string _root = $"http://{host}/v2/{repository}";

    /// <summary>Signs an image in the older layout.</summary>
    public async Task SignLegacyAsync(string image, byte[] payload, byte[] signature, Dictionary<string, string> annotations)
    {
        annotations["dev.cosignproject.cosign/signature"] = Convert.ToBase64String(signature);
        await LayersAsync(image, new { mediaType = "application/vnd.dev.cosign.simplesigning.v1+json", digest = await BlobAsync(payload), size = payload.Length, annotations });
    }

    /// <summary>Puts layers of the older layout beside an image, whatever they are.</summary>
    public async Task LayersAsync(string image, params IEnumerable<object> layers)
    {
        var config = await BlobAsync("{}"u8.ToArray());
        await ManifestAsync(Signing.LegacyTag(image), new
        {
            schemaVersion = 2,
            mediaType = "application/vnd.oci.image.manifest.v1+json",
            config = new { mediaType = "application/vnd.oci.image.config.v1+json", digest = config, size = 2 },
            layers,
        });
    }

    /// <summary>What a tag or a digest stands for.</summary>
    public async Task<JsonElement> ReadAsync(string reference)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{_root}/manifests/{reference}");
        request.Headers.Accept.ParseAdd("application/vnd.oci.image.manifest.v1+json");
        request.Headers.Accept.ParseAdd("application/vnd.oci.image.index.v1+json");
        using var answer = await _client.SendAsync(request);
        return JsonDocument.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync()).RootElement;
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Pushes a blob.</summary>
    /// <returns>Its digest.</returns>
    public async Task<string> BlobAsync(byte[] content)
    {
        using var start = await _client.PostAsync(new Uri($"{_root}/blobs/uploads/"), null);
        var at = start.EnsureSuccessStatusCode().Headers.Location!.ToString();
        var digest = FakeRegistry.DigestOf(content);
        using var body = new ByteArrayContent(content) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        using var end = await _client.PutAsync(new Uri($"{at}{(at.Contains('?', StringComparison.Ordinal) ? '&' : '?')}digest={digest}"), body);
        end.EnsureSuccessStatusCode();
        return digest;
    }

    /// <summary>Pushes a manifest or an index.</summary>
    /// <returns>Its digest.</returns>
    public async Task<string> ManifestAsync(string tag, object manifest)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(manifest);
        var type = JsonDocument.Parse(content).RootElement.GetProperty("mediaType").GetString()!;
        using var body = new ByteArrayContent(content) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
        using var answer = await _client.PutAsync(new Uri($"{_root}/manifests/{tag}"), body);
        answer.EnsureSuccessStatusCode();
        return FakeRegistry.DigestOf(content);
    }
}
