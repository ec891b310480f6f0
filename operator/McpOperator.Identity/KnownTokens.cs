using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using McpOperator.Policy;

namespace McpOperator.Identity;

/// <summary>
/// Tokens whose signature was found good, by their hash: an agent sends the same one with every call. What is remembered of one counts only as
/// long as nothing that it was judged by has changed: the time, whose tokens are good, and the issuer's keys as they were read last. Bad tokens
/// are not remembered, or anybody could fill the memory.
/// </summary>
internal sealed class KnownTokens
{
    private const int Most = 1024;

    private readonly AnswerMemory<(UInt128, UInt128), KnownToken> _memory = new(Most);

    /// <summary>Finds a token.</summary>
    /// <param name="text">The token.</param>
    /// <param name="auth">Whose tokens are good.</param>
    /// <param name="keys">The issuer's keys as they were read last.</param>
    /// <param name="now">The time, in Unix seconds.</param>
    public Caller? Find(string text, AuthPolicy auth, IReadOnlyList<SigningKey>? keys, double now) =>
        keys is not null && _memory.Find(HashOf(text)) is { } known
        && ReferenceEquals(known.Keys, keys) && now >= known.From && now < known.Until && known.Auth == auth
            ? known.Caller
            : null;

    /// <summary>Remembers a good token.</summary>
    public void Keep(string text, KnownToken token) => _memory.Keep(HashOf(text), token);

    /// <summary>Not the token itself: who reads the memory shall find nothing to call with.</summary>
    private static (UInt128, UInt128) HashOf(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return (MemoryMarshal.Read<UInt128>(hash), MemoryMarshal.Read<UInt128>(hash[16..]));
    }
}

/// <summary>A good token.</summary>
/// <param name="Auth">Whose tokens were good when it was looked at.</param>
/// <param name="Keys">The issuer's keys at that time.</param>
/// <param name="From">The Unix second from which it is good, leeway included.</param>
/// <param name="Until">The Unix second from which it is good no more, leeway included.</param>
/// <param name="Caller">Who calls.</param>
internal sealed record KnownToken(AuthPolicy Auth, IReadOnlyList<SigningKey> Keys, double From, double Until, Caller Caller);
