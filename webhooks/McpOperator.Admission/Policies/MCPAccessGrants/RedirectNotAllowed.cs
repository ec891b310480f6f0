using System.Net;
using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPAccessGrants;

/// <summary>
/// An authorization code goes to whoever a redirect leads to. It leads over https, or to the user's own machine (RFC 8252), and to one
/// place only.
/// </summary>
public sealed class RedirectNotAllowed : IPolicy<Review<MCPAccessGrant>>
{
    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPAccessGrant> review)
    {
        foreach (var (i, uri) in (review.New.Spec.OauthClient?.RedirectUris ?? []).Index())
        {
            if (ProblemOf(uri) is { } problem)
            {
                yield return new($"spec.oauthClient.redirectUris[{i}]", Reasons.RedirectNotAllowed, $"'{uri}' {problem}.");
            }
        }
    }

    private static string? ProblemOf(string text)
    {
        if (text.Contains('*', StringComparison.Ordinal))
        {
            return "has a wildcard, which would let codes go to places that nobody thought of; list every address";
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '\\'))
        {
            return "is no absolute address; write one such as https://app.example.com/callback";
        }

        if (text.Contains('#', StringComparison.Ordinal))
        {
            return "has a fragment, which OAuth forbids; remove the part from # on";
        }

        if (uri.UserInfo.Length > 0 || text.Contains('@', StringComparison.Ordinal))
        {
            return "has user information in it, which hides where it leads; remove the part before @";
        }

        return uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && IsLoopback(uri))
            ? null
            : "is neither https nor http on loopback (RFC 8252: http://127.0.0.1, http://[::1], http://localhost); use one of those";
    }

    /// <summary>By the name alone: a name that merely resolves to loopback today may lead elsewhere tomorrow.</summary>
    private static bool IsLoopback(Uri uri) =>
        uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
