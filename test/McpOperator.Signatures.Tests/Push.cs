using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace McpOperator.Signatures.Tests;

/// <summary>Pushes to a real registry what cosign would push.</summary>
internal sealed class Push(string host, string repository) : IDisposable
{
    private readonly HttpClient _client = new();
    private readonly string _root = $"http://{host}/v2/{repository}";

    /// <summary>Attaches a bundle to an image under the fallback tag.</summary>
    public async Task AttachAsync(string image, byte[] bundle)
    {
        await BlobAsync("{}"u8.ToArray());
        var layer = await BlobAsync(bundle);
        var manifest = await ManifestAsync(null, new
        {
            schemaVersion = 2,
            mediaType = "application/vnd.oci.image.manifest.v1+json",
            artifactType = Signing.BundleType,
            config = new { mediaType = "application/vnd.oci.empty.v1+json", digest = FakeRegistry.DigestOf("{}"u8.ToArray()), size = 2 },
            layers = new[] { new { mediaType = Signing.BundleType, digest = layer, size = bundle.Length } },
            subject = new { mediaType = "application/vnd.oci.image.manifest.v1+json", digest = image, size = 1 },
            annotations = new Dictionary<string, string> { ["dev.sigstore.bundle.content"] = "dsse-envelope", ["dev.sigstore.bundle.predicateType"] = Signing.SignPredicate },
        });
        await ManifestAsync(Signing.FallbackTag(image), new
        {
            schemaVersion = 2,
            mediaType = "application/vnd.oci.image.index.v1+json",
            manifests = new[] { new { mediaType = "application/vnd.oci.image.manifest.v1+json", digest = manifest.Digest, size = manifest.Size, artifactType = Signing.BundleType } },
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

    private async Task<(string Digest, int Size)> ManifestAsync(string? tag, object manifest)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(manifest);
        var type = JsonDocument.Parse(content).RootElement.GetProperty("mediaType").GetString()!;
        using var body = new ByteArrayContent(content) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
        using var answer = await _client.PutAsync(new Uri($"{_root}/manifests/{tag ?? FakeRegistry.DigestOf(content)}"), body);
        return answer.IsSuccessStatusCode ? (FakeRegistry.DigestOf(content), content.Length) : throw new InvalidOperationException(Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync()));
    }
}
