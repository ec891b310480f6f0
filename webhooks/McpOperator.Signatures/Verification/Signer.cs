using McpOperator.Signatures.Crypto;
using McpOperator.Signatures.Keyless;

namespace McpOperator.Signatures.Verification;

/// <summary>One whose signatures count, ready for use: with a key, or with an identity.</summary>
internal sealed record Signer(string Name, VerificationKey? Key, IdentityMatcher? Identity);

/// <summary>What to check images against, made from the settings and the trusted root.</summary>
internal sealed record SignaturePolicy(IReadOnlyList<Signer> Signers, bool RequireAll, bool RequireLog, TrustedRoot? Root);
