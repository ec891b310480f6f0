using System.Security.Cryptography;

namespace McpOperator.Identity;

/// <summary>
/// A signature algorithm of RFC 7518 that we accept: RSA and elliptic curves with SHA-2. There is no <c>none</c>, and nothing with a shared
/// secret: a public key used as one would let anybody sign.
/// </summary>
/// <param name="Name">The name in the token's header.</param>
/// <param name="Hash">The hash.</param>
/// <param name="Padding">RSA's padding; nothing for elliptic curves.</param>
/// <param name="Curve">The curve that the algorithm is bound to (RFC 7518, 3.4); nothing for RSA.</param>
internal sealed record SignatureAlgorithm(string Name, HashAlgorithmName Hash, RSASignaturePadding? Padding, string? Curve)
{
    private static readonly Dictionary<string, SignatureAlgorithm> All = new SignatureAlgorithm[]
    {
        new("RS256", HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, null),
        new("RS384", HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1, null),
        new("RS512", HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1, null),
        new("PS256", HashAlgorithmName.SHA256, RSASignaturePadding.Pss, null),
        new("PS384", HashAlgorithmName.SHA384, RSASignaturePadding.Pss, null),
        new("PS512", HashAlgorithmName.SHA512, RSASignaturePadding.Pss, null),
        new("ES256", HashAlgorithmName.SHA256, null, "P-256"),
        new("ES384", HashAlgorithmName.SHA384, null, "P-384"),
        new("ES512", HashAlgorithmName.SHA512, null, "P-521"),
    }.ToDictionary(algorithm => algorithm.Name, StringComparer.Ordinal);

    /// <summary>The algorithm of a name; nothing for all others.</summary>
    public static SignatureAlgorithm? Find(string name) => All.GetValueOrDefault(name);
}
