using McpOperator.Signatures.Formats;

namespace McpOperator.Signatures.Verification;

/// <summary>Something in the registry that says it is a signature of the image, in one form for both layouts. Nothing of it is proven.</summary>
internal sealed record SignatureCandidate
{
    /// <summary>The bytes that are signed.</summary>
    public required byte[] Signed { get; init; }

    /// <summary>The DSSE payload within them, in the newer layout.</summary>
    public byte[]? Payload { get; init; }

    /// <summary>The signature over <see cref="Signed"/>.</summary>
    public required byte[] Signature { get; init; }

    /// <summary>SHA-256 of the key that is said to have signed.</summary>
    public byte[]? KeyHint { get; init; }

    /// <summary>The certificate, DER, of a keyless one.</summary>
    public byte[]? Certificate { get; init; }

    /// <summary>What is said to stand in transparency logs.</summary>
    public IReadOnlyList<LogEntry> LogEntries { get; init; } = [];

    /// <summary>RFC 3161 timestamps over the signature.</summary>
    public IReadOnlyList<byte[]> Timestamps { get; init; } = [];
}
