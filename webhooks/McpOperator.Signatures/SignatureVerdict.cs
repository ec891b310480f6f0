using McpOperator.Api;
using McpOperator.Api.Configuration;

namespace McpOperator.Signatures;

/// <summary>The answer about an image.</summary>
/// <param name="Reason">One word for machines, from <see cref="Reasons"/>.</param>
/// <param name="Message">What was found and, if it is bad, how to mend it. It holds nothing that the registry sent, save digests and names.</param>
public sealed record SignatureVerdict(string Reason, string Message)
{
    /// <summary>Names of the signers whose good signatures were found, in the order of the configuration.</summary>
    public IReadOnlyList<string> Signers { get; init; } = [];

    /// <summary>The mode in which the question was asked.</summary>
    public SignatureMode Mode { get; init; }

    /// <summary>Whether the image is signed as the configuration wants it.</summary>
    public bool IsVerified => Reason == Reasons.SignatureVerified;

    /// <summary>Whether the image must be refused: it is not verified, and the mode is <c>Enforce</c>.</summary>
    public bool MustRefuse => !IsVerified && Mode == SignatureMode.Enforce;

    /// <summary>Whether the image is let through with <see cref="Message"/> as a warning: it is not verified, and the mode is <c>Warn</c>.</summary>
    public bool MustWarn => !IsVerified && Mode == SignatureMode.Warn;
}
