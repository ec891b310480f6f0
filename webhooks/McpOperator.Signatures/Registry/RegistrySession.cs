using System.Net;
using McpOperator.Admission.Images;
using McpOperator.Api;
using McpOperator.Api.Configuration;

namespace McpOperator.Signatures.Registry;

/// <summary>
/// What one decision reads from one repository (OCI distribution 1.1): every manifest and blob that is asked for by digest is hashed,
/// and each is fetched once.
/// </summary>
internal sealed class RegistrySession(ImageReference image, RegistrySettings settings, IReadOnlyList<RegistryCredential> credentials, RegistryHttp http, TokenCache tokens)
{
    public const int LargestManifest = 4 * 1024 * 1024; // distribution's own recommendation
    public const int LargestBlob = 1024 * 1024;         // a payload or a bundle is a few KiB
    private const int MostBytes = 32 * 1024 * 1024;     // of one decision
    private const int MostPages = 16;
    private const string ManifestTypes = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";
    private const string ImageTypes = ManifestTypes + ", application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json";

    private readonly RegistryEndpoint _endpoint = new(image, settings);
    private readonly Dictionary<string, byte[]> _blobs = new(StringComparer.Ordinal);
    private RegistryLogin? _login;
    private long _bytes;

    public string Registry => _endpoint.Name;

    /// <summary>A manifest by tag.</summary>
    /// <returns>Nothing when there is none.</returns>
    public Task<byte[]?> FindByTagAsync(string tag, CancellationToken cancellationToken) => FindAsync($"manifests/{tag}", ManifestTypes, LargestManifest, "a manifest", cancellationToken);

    /// <summary>A manifest by digest.</summary>
    public Task<byte[]?> FindManifestAsync(string digest, CancellationToken cancellationToken) => FindCheckedAsync("manifests", digest, LargestManifest, "a manifest", cancellationToken);

    /// <summary>A blob by digest that is read once: an image's configuration.</summary>
    public Task<byte[]?> FindConfigAsync(string digest, CancellationToken cancellationToken) => FindCheckedAsync("blobs", digest, LargestManifest, "an image's configuration", cancellationToken);

    /// <summary>A blob by digest.</summary>
    public async Task<byte[]?> FindBlobAsync(string digest, CancellationToken cancellationToken)
    {
        if (!_blobs.TryGetValue(digest, out var blob) && await FindCheckedAsync("blobs", digest, LargestBlob, "a signature", cancellationToken) is { } found)
        {
            _blobs[digest] = blob = found;
        }

        return blob;
    }

    /// <summary>The pages of what refers to the image.</summary>
    /// <returns>Nothing when the registry has no referrers API.</returns>
    public async Task<IReadOnlyList<byte[]>?> FindReferrersAsync(string digest, CancellationToken cancellationToken)
    {
        var pages = new List<byte[]>();
        var next = $"referrers/{digest}";
        for (var page = 0; page < MostPages; page++)
        {
            var answer = await GetAsync(new Uri(_endpoint.Root, next), "application/vnd.oci.image.index.v1+json", LargestManifest, "the list of referrers", cancellationToken);
            // Some registries answer unknown paths with a page, or with 400 or 405, rather than with 404.
            if (answer.Status != HttpStatusCode.OK || answer.ContentType != "application/vnd.oci.image.index.v1+json")
            {
                return pages.Count == 0 ? null : throw new RegistryException(Reasons.RegistryUnreachable, $"the registry {Registry} breaks off its list of referrers.");
            }

            pages.Add(answer.Body);
            if (NextPage(answer.Link) is not { } link)
            {
                return pages;
            }

            next = link;
        }

        throw new RegistryException(Reasons.RegistryNotTrusted, $"the registry {Registry} has more than {MostPages} pages of referrers for one image.");
    }

    /// <summary>The next page lies at the same registry, whatever it says.</summary>
    private string? NextPage(string? link)
    {
        if (link is null || !link.Contains("rel=\"next\"", StringComparison.Ordinal) || link.IndexOf('<', StringComparison.Ordinal) is var start && start < 0)
        {
            return null;
        }

        var end = link.IndexOf('>', start);
        var next = end > start && Uri.TryCreate(_endpoint.Root, link[(start + 1)..end], out var address) ? address : null;
        return next is not null && next.Authority == _endpoint.Root.Authority && next.Scheme == _endpoint.Root.Scheme
            ? next.AbsoluteUri
            : throw new RegistryException(Reasons.RegistryNotTrusted, $"the registry {Registry} continues its list of referrers at another place.");
    }

    private async Task<byte[]?> FindCheckedAsync(string kind, string digest, int most, string what, CancellationToken cancellationToken)
    {
        var content = await FindAsync($"{kind}/{digest}", kind == "blobs" ? "*/*" : ImageTypes, most, what, cancellationToken);
        return content is null || Digest.Of(content) == digest
            ? content
            : throw new RegistryException(Reasons.RegistryNotTrusted, $"the registry {Registry} answered {kind}/{digest} with content of the digest {Digest.Of(content)}; the registry, or something on the way, changes content.");
    }

    private async Task<byte[]?> FindAsync(string path, string accept, int most, string what, CancellationToken cancellationToken)
    {
        var answer = await GetAsync(new Uri(_endpoint.Root, path), accept, most, what, cancellationToken);
        return answer.Status switch
        {
            HttpStatusCode.OK => answer.Body,
            HttpStatusCode.NotFound => null,
            _ => throw new RegistryException(Reasons.RegistryUnreachable, $"the registry {Registry} answers {(int)answer.Status} for {what}, which it should not; is it a registry?"),
        };
    }

    private async Task<RegistryAnswer> GetAsync(Uri address, string accept, int most, string what, CancellationToken cancellationToken)
    {
        _login ??= new RegistryLogin(_endpoint, image.Repository, credentials, http, tokens);
        while (true)
        {
            var answer = await http.GetAsync(_endpoint, address, accept, _login.Current, most, what, cancellationToken);
            if ((_bytes += answer.Body.Length) > MostBytes)
            {
                throw new RegistryException(Reasons.RegistryNotTrusted, $"the registry {Registry} sent more than {MostBytes >> 20} MiB for one question about an image.");
            }

            var denied = answer.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
            if (!denied || (answer.Status == HttpStatusCode.Unauthorized && await _login.AnswerAsync(answer.Challenge, cancellationToken)))
            {
                if (!denied)
                {
                    return answer;
                }

                continue;
            }

            throw new RegistryException(Reasons.RegistryDenied, credentials.Count == 0
                ? $"the registry {Registry} lets nobody read {image.Repository} without logging in ({(int)answer.Status}), and no pull secret of the server or its ServiceAccount is for it; add one to imagePullSecrets."
                : $"the registry {Registry} does not let the pull secrets read {image.Repository} ({(int)answer.Status}, {credentials.Count} tried); check user, password and the right to pull.");
        }
    }
}
