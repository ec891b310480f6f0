using McpOperator.Api;
using McpOperator.Signatures.Registry;

namespace McpOperator.Signatures.Verification;

/// <summary>Why something in the registry does not count. The higher the rank, the closer it came, and the more it explains.</summary>
internal sealed record Finding(int Rank, string Reason, string Message)
{
    public static Finding Malformed(string message) => new(1, Reasons.SignatureInvalid, message);

    public static Finding OtherImage(string message) => new(2, Reasons.SignatureInvalid, message);

    public static Finding NotTrusted(string message) => new(3, Reasons.SignerNotTrusted, message);

    /// <summary>A trusted signer's, but changed or unproven.</summary>
    public static Finding Unproven(string message) => new(4, Reasons.SignatureInvalid, message);

    public static Finding Of(RegistryException e) => new(e.Reason == Reasons.RegistryNotTrusted ? 5 : e.Reason == Reasons.RegistryDenied ? 6 : 7, e.Reason, e.Message);

    public static Finding Unreachable(string message) => new(7, Reasons.RegistryUnreachable, message);
}
