namespace McpOperator.Signatures;

/// <summary>Says whether an image is signed by those whom the configuration names.</summary>
public interface ISignatureVerifier
{
    /// <summary>
    /// Looks at the image's signatures, in the registry if no cached answer serves. It always answers within the settings' time limit,
    /// and whatever goes wrong there is a verdict, not an exception.
    /// </summary>
    /// <exception cref="ArgumentException">The image is not pinned by a SHA-256 digest.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    Task<SignatureVerdict> VerifyAsync(SignatureRequest request, CancellationToken cancellationToken);
}
