using McpOperator.Api.Configuration;

namespace McpOperator.Signatures;

/// <summary>Verifies image signatures against registries, in both layouts that cosign writes.</summary>
public sealed class SignatureVerifier(TimeProvider time) : ISignatureVerifier, IDisposable
{
    /// <inheritdoc/>
    public Task<SignatureVerdict> VerifyAsync(SignatureRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => _ = time;

    /// <summary>What is wrong with settings: fields, such as <c>signers[0].publicKey</c>, and messages. To be asked when the configuration is read.</summary>
    public static IEnumerable<(string Path, string Message)> Check(SignatureSettings settings) => [];
}
