using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Images;

/// <summary>
/// The one step of a review that takes time: rules are pure and quick, and whoever runs them puts this answer into the review before.
/// </summary>
public interface IImageSignatures
{
    /// <summary>Looks at the signature of a server's image. Trouble with the registry is a finding, not an exception.</summary>
    /// <returns>Nothing when the image's name breaks a rule already: a registry that is not allowed is not asked.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    Task<SignatureFinding?> FindAsync(Review<MCPServer> review, CancellationToken ct);
}

/// <summary>Nobody looks.</summary>
public sealed class NoImageSignatures : IImageSignatures
{
    /// <inheritdoc/>
    public Task<SignatureFinding?> FindAsync(Review<MCPServer> review, CancellationToken ct) => Task.FromResult<SignatureFinding?>(null);
}
