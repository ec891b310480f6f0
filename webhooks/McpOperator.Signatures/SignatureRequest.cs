using McpOperator.Admission.Images;
using McpOperator.Api.Configuration;

namespace McpOperator.Signatures;

/// <summary>A question about an image.</summary>
public sealed record SignatureRequest
{
    /// <summary>The image, pinned by a SHA-256 digest. Its registry is on the list of allowed ones: that was checked before.</summary>
    public required ImageReference Image { get; init; }

    /// <summary>The settings as they hold for the tenant (<see cref="SignatureSettings.For"/>).</summary>
    public required SignatureSettings Settings { get; init; }

    /// <summary>How registries are reached.</summary>
    public RegistrySettings Registries { get; init; } = new();

    /// <summary>
    /// Reads the pull secrets that the server's pod would use; called only when no cached answer serves. Only what fits the image's
    /// registry and repository is used.
    /// </summary>
    public Func<CancellationToken, Task<RegistryCredentials>> Credentials { get; init; } = static _ => Task.FromResult(RegistryCredentials.None);
}
