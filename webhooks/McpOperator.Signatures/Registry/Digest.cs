using System.Buffers;
using System.Security.Cryptography;

namespace McpOperator.Signatures.Registry;

/// <summary>SHA-256 digests as registries write them; others are not asked for here.</summary>
internal static class Digest
{
    private const string Prefix = "sha256:";
    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdef");

    public static bool IsValid(string? text) =>
        text?.Length == Prefix.Length + 64 && text.StartsWith(Prefix, StringComparison.Ordinal) && !text.AsSpan(Prefix.Length).ContainsAnyExcept(Hexadecimal);

    public static string Of(ReadOnlySpan<byte> content) => Prefix + Convert.ToHexStringLower(SHA256.HashData(content));

    public static string Hex(string digest) => digest[Prefix.Length..];
}
