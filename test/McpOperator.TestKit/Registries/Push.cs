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
        var config = await BlobAsync("{}"u8.ToArray());
        annotations["dev.cosignproject.cosign/signature"] = Convert.ToBase64String(signature);
        await ManifestAsync(Signing.LegacyTag(image), new
        {
            schemaVersion = 2,
            mediaType = "application/vnd.oci.image.manifest.v1+json",
            config = new { mediaType = "application/vnd.oci.image.config.v1+json", digest = config, size = 2 },
            layers = new[] { new { mediaType = "application/vnd.dev.cosign.simplesigning.v1+json", digest = await BlobAsync(payload), size = payload.Length, annotations } },
        });
    }

    public void Dispose() => _client.Dispose();

    private async Task<string> BlobAsync(byte[] content)
    {
        using var start = await _client.PostAsync(new Uri($"{_root}/blobs/uploads/"), null);
        var at = start.EnsureSuccessStatusCode().Headers.Location!.ToString();
        var digest = FakeRegistry.DigestOf(content);
        using var body = new ByteArrayContent(content) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        using var end = await _client.PutAsync(new Uri($"{at}{(at.Contains('?', StringComparison.Ordinal) ? '&' : '?')}digest={digest}"), body);
        end.EnsureSuccessStatusCode();
        return digest;
    }

    private async Task ManifestAsync(string tag, object manifest)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(manifest);
        var type = JsonDocument.Parse(content).RootElement.GetProperty("mediaType").GetString()!;
        using var body = new ByteArrayContent(content) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
        using var answer = await _client.PutAsync(new Uri($"{_root}/manifests/{tag}"), body);
        answer.EnsureSuccessStatusCode();
    }
}
