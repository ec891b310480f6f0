using System.Text.RegularExpressions;
using McpOperator.Api.Configuration;
using McpOperator.Signatures.Keyless;

namespace McpOperator.Signatures.Verification;

/// <summary>Whether a certificate's identity and issuer are the wanted ones.</summary>
internal sealed class IdentityMatcher(KeylessSigner wanted)
{
    private readonly Func<string, bool> _issuer = Matcher(wanted.Issuer, wanted.IssuerRegex);
    private readonly Func<string, bool> _identity = Matcher(wanted.Identity, wanted.IdentityRegex);

    public bool Matches(CertificateIdentity identity) => _issuer(identity.Issuer) && _identity(identity.Subject);

    /// <summary>
    /// A pattern that always matches the whole text and takes linear time. Beginning with <c>^</c> and ending with <c>$</c> is not
    /// enough for that (<c>^a|b$</c>), so the pattern is wrapped besides.
    /// </summary>
    /// <exception cref="FormatException">It is not anchored, or no such pattern.</exception>
    public static Regex Anchored(string pattern)
    {
        var escapes = pattern.Length - pattern.TrimEnd('$').TrimEnd('\\').Length - 1;
        if (pattern.Length < 3 || pattern[0] != '^' || pattern[^1] != '$' || (pattern[^2] == '\\' && escapes % 2 == 1))
        {
            throw new FormatException("a regular expression that does not begin with ^ and end with $, so that it would match parts of a name");
        }

        try
        {
            _ = new Regex(pattern[1..^1]); // alone it must be whole, or it could end the wrapping: ^a)|(?:b$
            return new Regex($@"\A(?:{pattern[1..^1]})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new FormatException("no regular expression, or one with look-around or back references");
        }
    }

    private static Func<string, bool> Matcher(string? exact, string? pattern)
    {
        if (pattern is null)
        {
            return text => text == exact;
        }

        var regex = Anchored(pattern);
        return regex.IsMatch;
    }
}
