using System.Text.Json;
using McpOperator.Api;
using McpOperator.Policy;

namespace McpOperator.Identity;

/// <summary>
/// What an OAuth resource server says of itself: its metadata (RFC 9728) and the challenges of its refusals (RFC 6750; MCP 2026-07-28,
/// Authorization). Pure.
/// </summary>
public static class ProtectedResource
{
    /// <summary>The well-known path; the resource's own path may follow it.</summary>
    public const string WellKnown = "/.well-known/oauth-protected-resource";

    /// <summary>Whether a request's path asks for the metadata: at the root, or with the resource's path inserted.</summary>
    /// <param name="path">The request's path.</param>
    /// <param name="auth">The server's policy.</param>
    /// <param name="ownPath">The path under which the server is reached in any case, such as <c>/mcp</c>.</param>
    public static bool IsMetadata(string path, AuthPolicy auth, string ownPath)
    {
        if (!path.StartsWith(WellKnown, StringComparison.Ordinal))
        {
            return false;
        }

        var rest = path[WellKnown.Length..].TrimEnd('/');
        return rest.Length == 0 || rest == ownPath || (ResourceOf(auth) is { } resource && rest == resource.AbsolutePath.TrimEnd('/'));
    }

    /// <summary>The metadata document as JSON; nothing when the server asks for no tokens, or does not know its own address.</summary>
    /// <param name="policy">The server's policy.</param>
    /// <param name="auth">The same policy's settings, with the server's address.</param>
    public static byte[]? MetadataOf(PolicyTable policy, AuthPolicy auth)
    {
        if (!policy.AsksForToken || auth.Issuer is null || auth.ResourceUrl is null)
        {
            return null;
        }

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            // Exactly as clients know it (RFC 9728, 3.3).
            writer.WriteString("resource", auth.ResourceUrl);
            writer.WriteStartArray("authorization_servers");
            writer.WriteStringValue(auth.Issuer);
            writer.WriteEndArray();
            writer.WriteStartArray("bearer_methods_supported");
            writer.WriteStringValue("header");
            writer.WriteEndArray();
            // The least that is of use, not all that there is (MCP 2025-11-25, Authorization, "Scope Selection Strategy").
            if (EntryScopesOf(policy, auth) is { Count: > 0 } scopes)
            {
                writer.WriteStartArray("scopes_supported");
                foreach (var scope in scopes)
                {
                    writer.WriteStringValue(scope);
                }

                writer.WriteEndArray();
            }

            writer.WriteString("resource_name", policy.Document.Server.Name);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>The value of <c>WWW-Authenticate</c> for a refusal; nothing where there is none to send.</summary>
    /// <param name="denial">The refusal.</param>
    /// <param name="policy">The server's policy.</param>
    /// <param name="auth">The same policy's settings, with the server's address.</param>
    /// <param name="needed">The scopes that the operation needs, if it lacked one.</param>
    /// <param name="held">The scopes of the caller's token that the caller would lose with a new one.</param>
    public static string? ChallengeOf(Denial denial, PolicyTable policy, AuthPolicy auth, IReadOnlyList<string>? needed = null, IReadOnlyList<string>? held = null)
    {
        if (!policy.AsksForToken || denial.HttpStatus is not (401 or 403) || (denial.HttpStatus == 403 && denial.Reason != AccessReasons.InsufficientScope))
        {
            return null;
        }

        var parts = new List<string>();
        if (denial.Reason is AccessReasons.InsufficientScope or AccessReasons.TokenInvalid)
        {
            parts.Add(denial.Reason == AccessReasons.InsufficientScope ? "error=\"insufficient_scope\"" : "error=\"invalid_token\"");
        }

        if ((denial.Reason == AccessReasons.InsufficientScope ? StepUpTo(needed ?? [], held ?? [], policy, auth) : EntryScopesOf(policy, auth)) is { Count: > 0 } scopes)
        {
            parts.Add($"scope=\"{string.Join(' ', scopes)}\"");
        }

        if (MetadataUrlOf(auth) is { } url)
        {
            parts.Add($"resource_metadata=\"{url}\"");
        }

        if (denial.Reason != AccessReasons.TokenMissing)
        {
            parts.Add($"error_description=\"{Quotable(denial.Message)}\"");
        }

        return parts.Count == 0 ? "Bearer" : $"Bearer {string.Join(", ", parts)}";
    }

    /// <summary>Where the metadata is: the well-known path is inserted before the resource's own (RFC 9728, 3.1).</summary>
    public static string? MetadataUrlOf(AuthPolicy auth) =>
        ResourceOf(auth) is { } resource ? $"{resource.GetLeftPart(UriPartial.Authority)}{WellKnown}{resource.AbsolutePath.TrimEnd('/')}" : null;

    /// <summary>RFC 6750, 3: printable ASCII without quotes and backslashes.</summary>
    private static string Quotable(string text) => string.Concat(text.Select(c => c is >= ' ' and <= '~' and not ('"' or '\\') ? c : '\''));

    private static Uri? ResourceOf(AuthPolicy auth) => Uri.TryCreate(auth.ResourceUrl, UriKind.Absolute, out var uri) ? uri : null;

    /// <summary>
    /// What a client asks for that has no token yet. Where there is a scope that every client may have it is that one: a client that asked for a
    /// tool's scope without having been granted it would get no token at all (RFC 6749, 4.1.2.1: <c>invalid_scope</c>).
    /// </summary>
    private static IReadOnlyList<string> EntryScopesOf(PolicyTable policy, AuthPolicy auth) =>
        auth.BaseScope is { } scope ? [scope] : [.. ToolScopesOf(policy).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>All that the operation needs, and what of this server the caller would lose: some clients ask for just what a challenge names.</summary>
    private static IReadOnlyList<string> StepUpTo(IReadOnlyList<string> needed, IReadOnlyList<string> held, PolicyTable policy, AuthPolicy auth)
    {
        var known = ToolScopesOf(policy).Append(auth.BaseScope).ToHashSet();
        return [.. needed.Concat(held.Where(known.Contains)).Distinct()];
    }

    private static IEnumerable<string> ToolScopesOf(PolicyTable policy) => policy.Tools.Shown().SelectMany(tool => tool.Tool.Scopes);
}
