using McpOperator.Admission.Images;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Signatures.Formats;
using McpOperator.Signatures.Registry;

namespace McpOperator.Signatures;

/// <summary>A question about what an image starts.</summary>
public sealed record ImageCommandRequest
{
    /// <summary>The image, pinned by a SHA-256 digest. Its registry is on the list of allowed ones: that was checked before.</summary>
    public required ImageReference Image { get; init; }

    /// <summary>How registries are reached.</summary>
    public RegistrySettings Registries { get; init; } = new();

    /// <summary>What the pull secrets hold that the server's pod would use.</summary>
    public RegistryCredentials Credentials { get; init; } = RegistryCredentials.None;
}

/// <summary>
/// Reads from registries what images start: from the digest to the manifest (of <c>linux/amd64</c>, where it is an index's) to the
/// configuration, each hashed, so that a signature of the digest covers the answer. With the guards that hold for signatures.
/// </summary>
public sealed class ImageCommandReader(TimeProvider time) : IDisposable
{
    private const int DeepestIndex = 2;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    private readonly RegistryHttp _http = new();
    private readonly TokenCache _tokens = new(time);

    /// <summary>Asks the registry; it always answers within 8 s.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<ImageCommandFinding> ReadAsync(ImageCommandRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var limit = new CancellationTokenSource(Limit, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var registry = new RegistrySession(request.Image, request.Registries, request.Credentials.For(request.Image), _http, _tokens);
            return await ReadAsync(registry, request.Image, stop.Token);
        }
        catch (RegistryException e)
        {
            return Unknown(e.Reason, e.Message);
        }
        catch (Exception e) when (e is FormatException or ContentTooLargeException)
        {
            return Unknown(Reasons.EntrypointUnknown, $"the image's configuration cannot be used ({e.Message}).");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Unknown(Reasons.RegistryUnreachable, $"the registry {request.Image.Registry} did not answer in full within {Limit.TotalSeconds:0} s.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static async Task<ImageCommandFinding> ReadAsync(RegistrySession registry, ImageReference image, CancellationToken ct)
    {
        var digest = image.Digest!;
        for (var depth = 0; depth <= DeepestIndex; depth++)
        {
            if (await registry.FindManifestAsync(Checked(digest), ct) is not { } text)
            {
                return Unknown(Reasons.NotFound, $"the registry {registry.Registry} has no image {image.Repository}@{digest}; push it there, or correct spec.image.");
            }

            var manifest = ImageManifest.Parse(text);
            if (manifest.Config is { } config)
            {
                return await registry.FindConfigAsync(Checked(config), ct) is { } found
                    ? new(ImageConfig.Parse(found), Reasons.Resolved, "")
                    : Unknown(Reasons.NotFound, $"the registry {registry.Registry} lacks the configuration of {image.Repository}@{digest}; push the image again.");
            }

            if (manifest.Images.FirstOrDefault(i => i is { Os: "linux", Architecture: "amd64" }) is not { } chosen)
            {
                return Unknown(Reasons.EntrypointUnknown, "the image's index has no image for linux/amd64, from which it would be read.");
            }

            digest = chosen.Digest;
        }

        throw new FormatException("indexes within indexes");
    }

    private static string Checked(string digest) => Digest.IsValid(digest) ? digest : throw new FormatException("a digest that is not SHA-256");

    private static ImageCommandFinding Unknown(string reason, string message) => new(null, reason, message);
}
