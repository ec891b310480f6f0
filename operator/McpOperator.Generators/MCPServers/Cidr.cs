using System.Net;

namespace McpOperator.Generators.MCPServers;

/// <summary>Ranges of addresses, as the API server reads them.</summary>
public static class Cidr
{
    /// <summary>
    /// Whether the API server takes <paramref name="text"/> for a range, and for the same one as we. .NET alone would also read
    /// <c>012.0.0.0/8</c> (octal), <c>0xa000000/8</c> and <c>0/0</c>, and pass over bits after the prefix.
    /// </summary>
    public static bool IsValid(string text) =>
        IPNetwork.TryParse(text, out var range)
        && (text.Contains(':', StringComparison.Ordinal)
            ? !text.Contains('%', StringComparison.Ordinal) && IPAddress.Parse(text[..text.IndexOf('/', StringComparison.Ordinal)]).Equals(range.BaseAddress)
            : range.ToString() == text);

    /// <summary>Whether <paramref name="outer"/> holds all of <paramref name="inner"/>.</summary>
    internal static bool Covers(this IPNetwork outer, IPNetwork inner) => outer.PrefixLength <= inner.PrefixLength && outer.Contains(inner.BaseAddress);
}
