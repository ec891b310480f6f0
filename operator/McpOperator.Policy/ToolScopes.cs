using System.Security.Cryptography;
using System.Text;

namespace McpOperator.Policy;

/// <summary>The OAuth scopes that let a client speak to a server, and call one of its tools.</summary>
public static class ToolScopes
{
    /// <summary>Keycloak's longest name of a scope.</summary>
    public const int LongestName = 255;

    private const string Family = "mcp:";
    private const char CutMark = '~';
    private const int HashLength = 32;

    /// <summary>
    /// Scopes that mean something else already: those of OpenID Connect and those that Keycloak makes in every realm. A realm may lack one of
    /// them, and a server must not step into its place.
    /// </summary>
    private static readonly HashSet<string> Standard =
    [
        "openid", "profile", "email", "address", "phone", "offline_access", "roles", "web-origins", "microprofile-jwt", "acr", "basic",
        "organization", "service_account", "role_list", "saml_organization",
    ];

    /// <summary>
    /// The scope that any client of a server may ask for, whatever it was granted: <c>mcp:namespace:server</c>. It lets in, and shows the tools
    /// that a further scope would let the caller call. No tool can have it: the names of tools' scopes have a part more.
    /// </summary>
    /// <param name="ns">The server's namespace.</param>
    /// <param name="server">The server.</param>
    public static string BaseOf(string ns, string server) => $"{Family}{ns}:{server}";

    /// <summary>
    /// The scope of a tool that names none itself: <c>mcp:namespace:server:tool</c>. No two tools share one: namespaces and servers have
    /// no colon in their names, whatever else than letters, digits, <c>_</c>, <c>.</c> and <c>-</c> a tool has in its name is written as
    /// <c>%</c> and its UTF-8 bytes in hexadecimal, and what would be too long ends in <c>~</c> and a hash. All of it is allowed in a
    /// scope (RFC 6749, 3.3).
    /// </summary>
    /// <param name="ns">The server's namespace.</param>
    /// <param name="server">The server.</param>
    /// <param name="tool">The tool, as clients see it.</param>
    public static string NameOf(string ns, string server, string tool)
    {
        var prefix = PrefixOf(ns, server);
        var name = prefix + Escape(tool);
        return name.Length <= LongestName
            ? name
            : $"{name[..(LongestName - HashLength - 1)]}{CutMark}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(tool)))[..HashLength]}";
    }

    /// <summary>Why a server may not have a scope that it names itself.</summary>
    /// <returns>The reason and the fix; nothing when it may.</returns>
    public static string? ProblemOf(string ns, string server, string scope)
    {
        if (Standard.Contains(scope))
        {
            return $"'{scope}' means something else in OpenID Connect or in Keycloak; choose another scope";
        }

        return scope.StartsWith(Family, StringComparison.Ordinal) && !scope.StartsWith(PrefixOf(ns, server), StringComparison.Ordinal)
            ? $"'{scope}' is not this server's: scopes that begin with {Family} begin with {PrefixOf(ns, server)}; choose another scope, or leave it out"
            : null;
    }

    private static string PrefixOf(string ns, string server) => $"{BaseOf(ns, server)}:";

    private static string Escape(string tool)
    {
        var text = new StringBuilder(tool.Length);
        foreach (var b in Encoding.UTF8.GetBytes(tool))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'.' or (byte)'-')
            {
                text.Append((char)b);
            }
            else
            {
                text.Append('%').Append(b.ToString("X2"));
            }
        }

        return text.ToString();
    }
}
