using McpOperator.Api;
using McpOperator.Keycloak.Admin;

namespace McpOperator.Keycloak.Scopes;

/// <summary>A server's tools → the scopes as Keycloak should have them. Pure.</summary>
internal static class ScopeMaker
{
    /// <summary>Keycloak's columns.</summary>
    private const int LongestDescription = 255;

    /// <summary>What still is read on a consent screen.</summary>
    private const int LongestConsentText = 400;

    /// <summary>The scope of tools. Several tools of a server may share it; the user then reads what each of them does.</summary>
    public static ClientScope Make(string owner, ServerScopes server, string name, IReadOnlyList<ScopedTool> tools) =>
        Make(owner, server, name, $"MCP server {server.Server}: {string.Join(", ", tools.Select(t => t.Tool))}", ConsentText(server.Server, tools));

    /// <summary>The scope of the server itself.</summary>
    public static ClientScope MakeBase(string owner, ServerScopes server) =>
        Make(owner, server, server.BaseScope, $"MCP server {server.Server}", $"Connect to the MCP server {server.Server} and see its tools");

    private static ClientScope Make(string owner, ServerScopes server, string name, string description, string consent) => new()
    {
        Name = name,
        Description = Cut(Plain(description), LongestDescription),
        Protocol = "openid-connect",
        Attributes = new Dictionary<string, string>
        {
            ["include.in.token.scope"] = "true",
            ["display.on.consent.screen"] = "true",
            ["consent.screen.text"] = consent,
            [KeycloakAttributes.Owner] = owner,
            [KeycloakAttributes.Server] = server.Server,
        },
        ProtocolMappers =
        [
            new ProtocolMapper
            {
                Name = KeycloakAttributes.AudienceMapper,
                Protocol = "openid-connect",
                Kind = "oidc-audience-mapper",
                // included.client.audience would win, even when it is empty; it must be absent.
                Config = new Dictionary<string, string>
                {
                    ["included.custom.audience"] = server.Audience,
                    ["access.token.claim"] = "true",
                    ["id.token.claim"] = "false",
                    ["introspection.token.claim"] = "true",
                },
            },
        ],
    };

    /// <summary>
    /// What the tools do, and of which server they are, on one line. Keycloak takes <c>${name}</c> for one of its own texts; a tool's
    /// description must not borrow the words of another scope that way.
    /// </summary>
    private static string ConsentText(string server, IReadOnlyList<ScopedTool> tools)
    {
        var what = string.Join("; ", tools.Select(t => string.IsNullOrWhiteSpace(t.Description) ? $"Call the tool {t.Tool}" : t.Description));
        var where = Cut(Plain($"({server}: {string.Join(", ", tools.Select(t => t.Tool))})"), LongestConsentText / 2);
        return $"{Cut(Plain(what), LongestConsentText - where.Length - 1)} {where}";
    }

    private static string Plain(string text)
    {
        var letters = text.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c);
        return string.Join(' ', string.Concat(letters).Replace("${", "$ {", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private static string Cut(string text, int most) => text.Length <= most ? text : text[..(most - 1)] + "…";
}
