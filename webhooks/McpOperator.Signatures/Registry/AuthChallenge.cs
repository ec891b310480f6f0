using System.Text.RegularExpressions;

namespace McpOperator.Signatures.Registry;

/// <summary>What a registry answers with 401: which way of logging in it wants (RFC 9110 §11.6.1, distribution's token specification).</summary>
internal sealed partial record AuthChallenge(bool IsBearer, string? Realm, string? Service, string? Scope)
{
    /// <returns>Nothing when it asks for neither Bearer nor Basic.</returns>
    public static AuthChallenge? TryParse(string? header)
    {
        if (header is null || header.Length > 4096)
        {
            return null;
        }

        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (Match match in Parameter().Matches(header[7..]))
            {
                values.TryAdd(match.Groups[1].Value, match.Groups[2].Value);
            }

            return new AuthChallenge(true, values.GetValueOrDefault("realm"), values.GetValueOrDefault("service"), values.GetValueOrDefault("scope"));
        }

        return header.StartsWith("Basic", StringComparison.OrdinalIgnoreCase) ? new AuthChallenge(false, null, null, null) : null;
    }

    [GeneratedRegex("([a-zA-Z_]+)=\"([^\"]*)\"", RegexOptions.None, matchTimeoutMilliseconds: 200)]
    private static partial Regex Parameter();
}
